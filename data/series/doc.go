// Package series makes data sets of time series: files in the .ts format of the
// UCR/UEA archive and tables in CSV, scaled, cut into windows, and brought to the
// shapes that recurrent and convolutional layers take.
//
//	train, err := series.Load("JapaneseVowels_TRAIN.ts")
//	test, err := series.Load("JapaneseVowels_TEST.ts")
//	scaler, err := series.FitScaler(train)                  // of the training data alone
//	train, err = scaler.Apply(train)
//	test, err = scaler.Apply(test)
//
//	steps := series.Steps(max(train.Longest(), test.Longest()))
//	loader := data.NewLoader(train.Dataset(steps, series.Lengths), data.BatchSize(16), data.Shuffle(1))
//	… // batch.X [16, steps, channels], batch.More[0] [16], batch.Y [16]
//
// # Collections and data sets
//
// A [Collection] is what a file holds: series of any lengths, with classes or with
// numbers to predict. [Load] and [LoadCSV] make one, or a program writes its fields.
// [Collection.Interpolate], [Scaler.Apply] and [Collection.Windows] make others of
// it. [Collection.Dataset] is the data set for classification and regression,
// [Collection.Forecast] the one that predicts the steps to come.
//
// # Shapes
//
//	for                               options          X         more inputs
//	package rnn, equal lengths        none             [T, C]
//	package rnn, lengths that differ  Lengths          [T, C]    length []
//	conv.New1D                        ChannelsFirst    [C, T]
//
// Series that are shorter than T are filled up with zeros. With [Lengths] the layers
// of package rnn leave that out; a network gets grad.Tuple(X, lengths), as
// nn.Trainer feeds it. [data.ByLength] and [data.Trim] spare padding in training.
//
// # Missing values
//
// They are NaN in a collection. [Collection.Interpolate] draws a line between the
// neighbours; [MissingAs] puts a number in their place, of which 0 is the mean of a
// channel that was scaled. A data set of a collection in which some are left is an
// error.
//
// # Sources
//
// Dau et al.: The UCR time series archive, 2019; Bagnall et al.: The UEA multivariate
// time series classification archive, 2018, https://timeseriesclassification.com.
//
// # Limits
//
// Files in the .ts format may be compressed with gzip, and have lines of at most 16 MiB;
// CSV is plain. Memory grows with
// the data that come, not with the sizes that a header promises. Time stamps are not
// supported. What is wrong with a file is an error that names file and line.
package series
