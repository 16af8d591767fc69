// Package table makes data sets of tables in CSV files: columns of numbers and of
// categories in, a class or numbers out.
//
// # From a file to a data set
//
// A [Schema] names the columns. [Load] reads the file to train with and learns
// from it which categories and classes there are; the [Encoder] that it returns
// reads other files in the same way, so that every column of their samples means
// the same:
//
//	train, encoder, err := table.Load("train.csv", table.Schema{
//		Numeric:     []string{"age", "hours"},
//		Categorical: []string{"city"},
//		Class:       "income",
//	})
//	test, err := encoder.Load("test.csv")
//	err = encoder.Save("encoder.json") // for [LoadEncoder], in another program
//
// A sample is the numbers, then for each column of categories as many numbers as
// there are categories, 1 for the one it has and 0 for the others. Columns of
// numbers that differ much in size are best normalised:
//
//	mean, std, err := data.MeanStd(train)
//	normal := data.Map(train, data.Normalize(mean, std))
//
// # What is in a file
//
// Files are those of [encoding/csv], in UTF-8, with or without the byte order mark
// that spreadsheets put first. White space round a value does not count. Numbers
// are written as in Go, with a point. What is wrong with a file is an error that
// names line and column, in bytes from 1 on, what is there and what is wanted.
// Memory grows with the size of the file, not with the number of its categories.
package table
