// Package drift watches what a served network is given and what it answers, against a
// sample of both that was taken when it was made and is kept with the model.
//
//	ref, err := drift.NewReference(x, y)         // inputs and outputs of the validation set
//	err = ref.Save("models/catdog/1/drift.json")
//
//	m, err := drift.NewMonitor(ref, drift.Options{})
//	err = m.Observe(x, y)                        // every batch as it is served
//	fmt.Print(m.Report())                        // now and then
//
// A network is as good as it was measured to be only on inputs like those it was
// measured on. Labels that would show a loss of quality mostly come late or never; a
// change of inputs and outputs shows at once. It is a reason to look, not proof that
// answers are worse.
//
// # Features
//
// What is compared are features, numbers of a sample, one by one. Those of inputs are
//
//   - of rows, [N, F] with up to 64 columns, or [N]: the columns, named x0, x1, … or by
//     [Names];
//   - of pictures and sequences, [N, C, …], or [N, …, C] with [ChannelsLast], of up to
//     12 channels: of each channel the mean, the standard deviation std, min, max and the
//     sharpness, which is the mean of |a − b| over all numbers a and b that are
//     neighbours along an axis: the total variation (Rudin, Osher, Fatemi 1992) for each
//     pair. It is less in blurred pictures, more in noisy ones;
//   - of any other inputs: the same five of the sample as a whole;
//   - with [Features] those of a function, such as the outputs of a hidden layer.
//
// Those of outputs are, where p are the probabilities of classes, log is natural and z
// are the logits,
//
//	confidence   max p                 Hendrycks, Gimpel: A Baseline for Detecting
//	                                   Misclassified and Out-of-Distribution Examples (2017)
//	entropy      −Σ p·log p
//	energy       −log Σ exp z          Liu et al.: Energy-based Out-of-distribution
//	                                   Detection (2020); of logits only
//
// and with the option [Numbers] the outputs themselves. Besides these there are the
// classes that are predicted, and the distance of the inputs from the mean of the
// reference's, by Mahalanobis, which sees combinations that are unusual though every
// feature is not (Lee et al.: A Simple Unified Framework for Detecting Out-of-Distribution
// Samples and Adversarial Attacks, 2018, which has it for the features of hidden layers).
//
// Features are rounded to float32. One that is NaN or infinite, or of a channel with such
// a number, is missing: it is counted, has a bin of its own in the PSI, and is left out
// of everything else.
//
// # How large a change is
//
// The population stability index of a feature, with p and q the shares of the window and
// of the reference in each bin, 1e-4 where there are none,
//
//	PSI = Σ (p − q)·ln(p/q)
//
// is 0 if nothing changed; a shift of a normal distribution by s standard deviations
// gives about s². From 0.1 on it is a [Warning], from 0.25 on an [Alarm], as is usual in
// credit scoring (Siddiqi: Credit Risk Scorecards, 2006) — unless chance explains it,
// which makes a PSI of some 9·(1/n + 1/m) of n and m samples: the chi-squared test of the
// same bins must be significant.
//
// Bins are (a, b] between the deciles of the reference. A number that is several deciles
// at once, such as 0 where most are 0, has a bin of its own; of a column that was constant
// there are three bins, below, equal and above. The bins of distances also end at the
// quantile 0.99, beyond which are outliers.
//
// # Whether there is a change
//
// Up to 1000 values in the window, a feature has drifted if the two-sample test of
// Kolmogorov and Smirnov has a p value below the significance; above, where any
// difference is significant, if the first Wasserstein distance is at least 0.1 standard
// deviations of the reference. That is the rule of the library Evidently. Of a column that
// was constant p always decides. Predicted classes have Pearson's chi-squared test of the
// two histograms.
//
// The significance is 0.05 divided by the number of features (Bonferroni): without drift
// at most one of twenty reports on samples that do not overlap has any feature drifted.
// The probability is over the choice of the reference too: a small one that happened to
// be unusual raises false alarms more often. A verdict depends on the PSI instead and is
// false at most as often, in windows of 1000 hardly ever. Where there are many classes for
// few samples PSI is large by chance and it is the chi-squared test alone that decides.
//
// # Files
//
// [Reference.Save] writes versioned JSON, of some 10 bytes for each feature of each sample
// kept, that holds no inputs and outputs but the features of 2000 samples by default, each
// sorted for itself. [Load] and [Parse] accept nothing else, whoever made the file.
package drift
