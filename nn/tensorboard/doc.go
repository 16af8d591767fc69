// Package tensorboard writes the course of training to files that TensorBoard
// shows.
//
//	w, err := tensorboard.Create("runs/first")
//	if err != nil {
//		return err
//	}
//	defer w.Close()
//	_, err = trainer.Fit(ctx, loader, nn.Epochs(100), nn.Validate(test, metric.Accuracy()), w.Log(50))
//
// and then, in a shell, tensorboard --logdir runs. A [Writer] also takes numbers,
// histograms and pictures of your own.
//
// A file is a sequence of records in the TFRecord format, each an Event in the
// protocol buffer encoding. It grows while training runs; what a crash cuts off is
// the last record, which TensorBoard leaves out. A run that is resumed writes
// another file to the same folder; TensorBoard shows them as one.
package tensorboard
