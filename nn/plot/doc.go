// Package plot draws learning curves, charts and what metrics measured as PNG and
// SVG, by the suffix of the file.
//
//	err := plot.Curves("curves.png", plot.Run{Name: "ours", History: history})
//	err = plot.Confusion("confusion.svg", matrix.Counts(), []string{"cat", "dog"})
//	err = plot.Rates("rates.png", curve)
//
// [ROC], [PrecisionRecall] and [Reliability] draw the curves and bins of package
// nn/metric, and [Gallery] the pictures that a network got wrong.
//
// Files are replaced as a whole, once the picture is complete. Pictures are the
// same bytes for the same data. SVG files hold their text as text, in Liberation
// Sans or, where it is missing, in Arial or another sans serif.
//
// The drawing is done by gonum.org/v1/plot.
package plot
