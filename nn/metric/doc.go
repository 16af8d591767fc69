// Package metric measures how good predictions are, batch by batch: those of
// classes, of probabilities, of rankings and of numbers. All of its types are an
// nn.Metric.
//
//	report, err := trainer.Evaluate(ctx, loader, metric.Accuracy(), metric.F1())
//
// # Which metric for what question
//
//	How many predictions are right?                       Accuracy, TopK
//	… if classes are unequal in size?                     BalancedAccuracy, Matthews
//	… beyond chance? … of classes on a scale?             Kappa
//	Does it find what it should, and little else?         Recall, Precision, F1, FBeta, Jaccard
//	Which classes are good, which are taken for which?    Confusion, Report
//	How good are its labels, any number for a sample?     F1(MultiLabel), PrecisionRecall(MultiLabel)
//	Does it rank well, whatever the threshold?            ROC
//	… if samples of the class are rare?                   PrecisionRecall
//	How good are its probabilities?                       LogLoss, Brier
//	Do things happen as often as it says?                 ECE, MCE
//	Which samples does it get wrong?                      WorstMistakes
//	How far off are its numbers?                          MAE, RMSE, MSE, MAPE, MaxError
//	How much of the variation does it explain?            R2, ExplainedVariance, Pearson
//
// Besides its value a metric has a method for what lies behind: [Score.PerClass],
// [Score.Report] and [Score.Confusion]; [Ranking.PerClass] and [Ranking.Curve];
// [Calibration.Bins]; [Mistakes.Worst]; [Variation.PerColumn]. Package nn/plot
// draws them.
//
// # Outputs
//
// Outputs of shape [N, C] hold a number for each of C classes. Outputs of shape
// [N] or [N, 1] are for two classes, and speak for class 1.
//
// Outputs are logits, unless an option says otherwise. To metrics of predictions,
// those that count right and wrong, this hardly matters. Of [N, C] only the
// largest counts, and where several are, the first of them is the prediction. A
// single output predicts class 1 where it exceeds a threshold; the threshold is 0,
// which stands for a probability of one half; use [Threshold] for probabilities.
//
// Metrics of probabilities and rankings, [LogLoss], [Brier], [ECE], [MCE],
// [WorstMistakes], [ROC] and [PrecisionRecall], take the softmax of the outputs,
// or the sigmoid of a single one, in float64. With the option [Probabilities] they
// take outputs as they are, and it is an error if these are not from 0 to 1 or
// those of a sample do not sum to 1.
//
// # Targets
//
// Targets are the classes from 0 on, [N] or [N, 1], as integers, as bools or as
// float32 numbers that are whole, as losses for two classes want them.
//
// With the option [MultiLabel] a sample may have any number of C labels: targets
// [N, C] hold 1 for those it has and 0 for others, as float32 numbers, integers or
// bools. The outputs [N, C] are independent: each is compared with the threshold,
// and its probability is its sigmoid.
//
// A NaN output, a label out of range and shapes that do not match are errors of
// Update, and nothing of such a batch is counted.
//
// # Averages
//
// Precision, recall, F1 and the areas under curves belong to a class. They are by
// default those of class 1 where there are two classes, and otherwise the plain
// mean over the classes. [Average] has the other means, and [Class] asks for one
// class. For areas, a class is told from all others together.
//
// # Special cases
//
// All follow scikit-learn 1.2. In precision, recall, F1, F-beta and Jaccard a
// quotient 0/0 is 0, which is its zero_division=0, and a class that occurs neither
// in the targets nor in the predictions is left out of means; a label never is.
// Where scikit-learn returns NaN or refuses, the value is NaN: the area under the
// ROC curve if a class has no samples or all of them, kappa if all is one class,
// R² of a single sample. Before the first sample every value is 0.
//
// # Batches and memory
//
// The value does not depend on how samples were cut into batches, to the last bit.
// Memory does not grow with the data, but for that of [Ranking], which keeps all
// scores. Once the first batch was seen an Update allocates nothing else, unless a
// batch is larger than those before. A metric may be used by one goroutine at a
// time.
package metric
