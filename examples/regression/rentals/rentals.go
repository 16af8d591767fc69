// Package rentals makes a table of bicycles rented in an hour, so that the example
// runs without any data at hand. The numbers come from a formula and noise, not from
// a city: peaks before and after work, one broad peak on other days, fewer riders
// when it is cold, hot, wet or windy.
package rentals

import (
	"math"
	"math/rand/v2"
	"strconv"
)

// Target is the column to predict.
const Target = "rentals"

// Header names the columns.
var Header = []string{"season", "day", "hour", "weather", "temperature", "humidity", "wind", Target}

// Make returns n rows, in the order of Header, and the number of rentals that the
// formula expects for each, without noise. Some of the weather and of the humidity
// is missing. Row i depends on the seed and on i alone.
func Make(n int, seed uint64) (rows [][]string, expected []float64) {
	for i := range n {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		h := newHour(r)
		e := h.rentals()
		// As counts do, rentals scatter by about the root of their mean, and
		// somewhat more.
		count := math.Round(max(e+1.5*math.Sqrt(e)*r.NormFloat64(), 0))
		row := []string{
			h.season, h.day, strconv.Itoa(h.hour), h.weather,
			tenths(h.temperature), tenths(h.humidity), tenths(h.wind), strconv.FormatFloat(count, 'f', 0, 64),
		}
		if r.Float64() < 0.02 {
			row[3] = ""
		}
		if r.Float64() < 0.03 {
			row[5] = "NA"
		}
		rows, expected = append(rows, row), append(expected, e)
	}
	return rows, expected
}

// tenths writes a number with one digit after the point.
func tenths(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

// hour is what a row says, without the rentals.
type hour struct {
	season, day, weather        string
	hour                        int
	temperature, humidity, wind float64 // °C, %, km/h
}

func newHour(r *rand.Rand) *hour {
	season := r.IntN(4)
	h := &hour{
		season: []string{"winter", "spring", "summer", "autumn"}[season],
		day:    []string{"workday", "workday", "workday", "workday", "workday", "weekend", "weekend", "holiday"}[r.IntN(8)],
		hour:   r.IntN(24),
		wind:   math.Abs(12 * r.NormFloat64()),
	}
	h.temperature = []float64{3, 12, 22, 12}[season] + 4*math.Sin(2*math.Pi*float64(h.hour-9)/24) + 4*r.NormFloat64()
	h.weather = []string{"clear", "clear", "clear", "clouds", "clouds", "rain"}[r.IntN(6)]
	if h.weather == "rain" && h.temperature < 1 {
		h.weather = "snow"
	}
	h.humidity = min(max(55+15*r.NormFloat64(), 10), 100)
	if h.weather == "rain" || h.weather == "snow" {
		h.humidity = min(h.humidity+25, 100)
	}
	return h
}

// rentals returns how many bicycles are rented in an hour, on average.
func (h *hour) rentals() float64 {
	peak := func(at, width float64) float64 {
		d := (float64(h.hour) - at) / width
		return math.Exp(-d * d)
	}
	wish := 420 * peak(14, 5)
	if h.day == "workday" {
		wish = 450*peak(8, 1.5) + 520*peak(17.5, 2.2) + 150*peak(13, 4)
	}
	comfort := (h.temperature - 23) / 16
	wish *= math.Exp(-comfort * comfort)
	wish *= map[string]float64{"clear": 1, "clouds": 0.9, "rain": 0.4, "snow": 0.2}[h.weather]
	wish *= 1 - 0.3*max(h.humidity-60, 0)/40
	return 4 + wish/(1+math.Pow(h.wind/30, 2))
}
