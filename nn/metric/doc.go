// Package metric measures how good predictions are, batch by batch: accuracy,
// precision, recall, F1 and the confusion matrix for classes, mean squared and
// absolute errors for numbers. All of them are an nn.Metric.
//
//	report, err := trainer.Evaluate(ctx, loader, metric.Accuracy(), metric.F1())
//
// # Classes
//
// Outputs of shape [N, C] hold a number for each of C classes; logits,
// probabilities and their logarithms all do, because only the largest counts.
// Where several are the largest, the first of them is the prediction. Outputs of
// shape [N] or [N, 1] are for two classes: the prediction is class 1 where the
// output exceeds a threshold. The threshold is 0, which suits logits, where it
// stands for a probability of one half; use [Threshold] for probabilities.
//
// Targets are the classes from 0 on, [N] or [N, 1], as integers, as bools or as
// float32 numbers that are whole, as losses for two classes want them.
//
// A NaN output, a label out of range and shapes that do not match are errors of
// Update, and nothing of such a batch is counted.
//
// # Averages
//
// Precision, recall and F1 belong to a class. [Precision], [Recall] and [F1] are
// by default those of class 1 where there are two classes, and otherwise the
// plain mean over the classes. [Average] has the other means. All follow
// scikit-learn: a class that occurs neither in the targets nor in the predictions
// is left out of means, and a quotient 0/0 is 0.
//
// A metric may be used by one goroutine at a time. Once the first batch was seen
// an Update allocates nothing, unless a batch is larger than those before.
package metric
