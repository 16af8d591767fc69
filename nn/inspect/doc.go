// Package inspect looks at a network while it trains: where the time and the
// memory of a step go, and whether its layers learn.
//
//	var profile inspect.Profile
//	var health inspect.Health
//	_, err := trainer.Fit(ctx, loader, nn.Observe(&profile),
//		nn.Observe(&health), nn.Callback(health.EachEpoch))
//	fmt.Print(&profile) // time and memory of every operation
//	fmt.Print(&health)  // activations and gradients of every operation
//	for _, p := range health.Problems() {
//		fmt.Println(p) // 1 (ReLU): 12 of 32 units were 0 for all of 640 samples
//	}
//
// [Profile.WritePprof] writes a file for go tool pprof, [Profile.WriteTrace] one
// for the trace viewers of browsers.
package inspect
