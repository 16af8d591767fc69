package series_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/series"
)

const gestures = `@problemName Gestures
@missing true
@univariate false
@dimensions 2
@equalLength false
@classLabel true wave point
@data
1,3,?,7:0,0,1,1:wave
5,5,5:2,2,2:point
`

func Example() {
	c, err := series.Decode(strings.NewReader(gestures))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Name, len(c.Series), "series,", c.Channels(), "channels,", c.Missing(), "missing,", c.Names)

	c = c.Interpolate()
	scaler, err := series.FitScaler(c)
	if err != nil {
		fmt.Println(err)
		return
	}
	scaled, err := scaler.Apply(c)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("mean %.3f, deviation %.3f, first %.3f\n", scaler.Mean, scaler.Std, scaled.Series[0][0])

	loader := data.NewLoader(c.Dataset(series.Lengths), data.BatchSize(2))
	for batch, err := range loader.All(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(batch.X.Shape(), batch.More[0], batch.Y)
	}
	// Output:
	// Gestures 2 series, 2 channels, 1 missing, [wave point]
	// mean [4.429 1.143], deviation [1.761 0.833], first [-1.947 -0.811 0.324 1.460]
	// [2 4 2] [4. 3.] [0 1]
}

// inFolder writes a file to a folder of its own and calls f with its path.
func inFolder(name, text string, f func(path string) error) {
	dir, err := os.MkdirTemp("", "")
	if err == nil {
		defer os.RemoveAll(dir)
		path := filepath.Join(dir, name)
		if err = os.WriteFile(path, []byte(text), 0o644); err == nil {
			err = f(path)
		}
	}
	if err != nil {
		fmt.Println(strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), ""))
	}
}

func ExampleLoad() {
	inFolder("Gestures_TRAIN.ts", gestures, func(path string) error {
		c, err := series.Load(path)
		if err == nil {
			fmt.Println(c.Labels, c.Longest())
		}
		return err
	})
	inFolder("Gestures_TEST.ts", gestures+"1,2:3:wave\n", func(path string) error {
		_, err := series.Load(path)
		return err
	})
	// Output:
	// [0 1] 4
	// series: Gestures_TEST.ts: line 10: series 2: channel 1: 1 values, want 2 as channel 0 has
}

func ExampleDecode() {
	c, err := series.Decode(strings.NewReader("@univariate true\n@targetLabel true\n@data\n1,2,3:0.5\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Series, c.Targets)
	// Output: [[[1 2 3]]] [0.5]
}

func ExampleCollection() {
	c := series.Collection{
		Series: []series.Series{{{1, 2, 3}}, {{4, 5}}},
		Names:  []string{"rising", "other"},
		Labels: []int{0, 0},
	}
	fmt.Println(c.Channels(), c.Longest(), c.Series[1].Steps())
	// Output: 1 3 2
}

func ExampleCollection_Dataset() {
	c := series.Collection{Series: []series.Series{{{1, 2, 3}, {4, 5, 6}}}, Targets: []float32{0.5}}
	for _, opts := range [][]series.Option{nil, {series.ChannelsFirst}, {series.Steps(2)}} {
		s, err := data.Get(c.Dataset(opts...), 0)
		fmt.Println(s.X.Shape(), s.X.Data(), s.Y, err)
	}
	// Output:
	// [3 2] [1 4 2 5 3 6] 0.5 <nil>
	// [2 3] [1 2 3 4 5 6] 0.5 <nil>
	// [2 2] [1 4 2 5] 0.5 <nil>
}

func ExampleMissingAs() {
	c, err := series.Decode(strings.NewReader("@data\n1,?,3\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Dataset().Spec().Err)
	s, err := data.Get(c.Dataset(series.MissingAs(0)), 0)
	fmt.Println(s.X.Data(), err)
	// Output:
	// series: series 0, channel 0, step 1 is missing; Interpolate or MissingAs fills it
	// [1 0 3] <nil>
}

func ExampleCollection_Windows() {
	c := series.Collection{Series: []series.Series{{{1, 2, 3, 4, 5, 6}}}}
	w, err := c.Windows(3, 2)
	fmt.Println(w.Series, err)
	// Output: [[[1 2 3]] [[3 4 5]]] <nil>
}

// Of three days, predict the temperature of the next.
func ExampleCollection_Forecast() {
	table := "temperature,rain\n10,0\n12,0\n11,4\n9,8\n10,2\n"
	c, err := series.DecodeCSV(strings.NewReader(table))
	if err != nil {
		fmt.Println(err)
		return
	}
	ds := c.Forecast(3, 1, 1, 0)
	for i := range ds.Len() {
		s, err := data.Get(ds, i)
		fmt.Println(s.X.Data(), s.Y, err)
	}
	// Output:
	// [10 0 12 0 11 4] [[9.]] <nil>
	// [12 0 11 4 9 8] [[10.]] <nil>
}

func ExampleLoadCSV() {
	inFolder("weather.csv", "day;temperature;rain\n1;10;-\n2;12;3.5\n", func(path string) error {
		c, err := series.LoadCSV(path, series.Comma(';'), series.Columns("rain", "temperature"), series.MissingTexts("-"))
		if err == nil {
			fmt.Println(c.Columns, c.Interpolate().Series)
		}
		return err
	})
	// Output: [rain temperature] [[[3.5 3.5] [10 12]]]
}

// The program that trains keeps the scaler, the one that predicts loads it.
func ExampleScaler() {
	inFolder("scaler.json", "", func(path string) error {
		scaler, err := series.FitScaler(&series.Collection{Series: []series.Series{{{1, 3}}}})
		if err == nil {
			err = scaler.Save(path)
		}
		if err == nil {
			scaler, err = series.LoadScaler(path)
		}
		if err != nil {
			return err
		}
		c, err := scaler.Apply(&series.Collection{Series: []series.Series{{{5, 2}}}})
		fmt.Println(*scaler, c.Series)
		return err
	})
	// Output: {[2] [1]} [[[3 0]]]
}
