package main

import (
	"errors"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/tensor"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// target returns the number that a sample is to be given.
func target(s data.Sample) float32 { return s.Y.(*tensor.Tensor).Item() }

// baselines scores what needs no network on the test part: the mean of the targets
// to train with, a linear model, and, if it is known, what no model can beat but by
// chance, the formula behind the numbers.
func baselines(t *tables) ([]result, error) {
	x, y, err := matrix(t.parts[trainPart])
	if err != nil {
		return nil, err
	}
	testX, testY, err := matrix(t.parts[testPart])
	if err != nil {
		return nil, err
	}
	mean := make([]float64, len(testY))
	usual := stat.Mean(y, nil)
	for i := range mean {
		mean[i] = usual
	}
	linear, err := leastSquares(x, y, testX)
	if err != nil {
		return nil, err
	}
	predictions := map[string][]float64{"mean": mean, "linear": linear, "formula": t.expected}
	var results []result
	for _, model := range []string{"mean", "linear", "formula"} {
		if predictions[model] == nil {
			continue
		}
		r, err := scored(model, predictions[model], testY)
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	return results, nil
}

// leastSquares fits a linear model to x and y, and returns what it predicts for
// other rows. Of the solutions, of which there are many since the columns of the
// categories of one kind add up to a constant, it takes the shortest.
func leastSquares(x *mat.Dense, y []float64, other *mat.Dense) ([]float64, error) {
	const precision = 1e-5 // of float32 numbers, after some sums
	var svd mat.SVD
	if !svd.Factorize(x, mat.SVDThin) {
		return nil, errors.New("the linear model has no solution")
	}
	var weights, predicted mat.VecDense
	svd.SolveVecTo(&weights, mat.NewVecDense(len(y), y), svd.Rank(precision))
	predicted.MulVec(other, &weights)
	return predicted.RawVector().Data, nil
}

// scored returns the result of predictions.
func scored(model string, predicted, truth []float64) (result, error) {
	p, y := tensor.Make[float32](len(truth)), tensor.Make[float32](len(truth))
	for i := range truth {
		p.Set(float32(predicted[i]), i)
		y.Set(float32(truth[i]), i)
	}
	r := result{Model: model, Metric: "r2"}
	for m, value := range map[nn.Metric]*float64{metric.R2(): &r.Value, metric.RMSE(): &r.RMSE, metric.MAE(): &r.MAE} {
		if err := m.Update(p, y); err != nil {
			return r, err
		}
		*value = m.Value()
	}
	return r, nil
}
