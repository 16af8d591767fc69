// Package progress shows how training goes on: [Bar] on a terminal or in a
// plain text file, [Log] as structured records. Both are an nn.Callback, passed
// to Fit.
//
//	history, err := trainer.Fit(ctx, loader, nn.Epochs(100), progress.Bar(os.Stderr))
//
// On a terminal one line is drawn over and over, and every complete epoch leaves
// a line behind:
//
//	epoch   1/100  loss 0.6931  validation accuracy 0.5312  12.3s  813 samples/s  20m18s left
//	epoch   2/100 [====>       ]  71/157  loss 0.6102  820 samples/s  0:07 left
package progress
