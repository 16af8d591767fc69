// Package serve puts trained networks behind HTTP.
//
//	net, info, err := nn.Load("catdog.safetensors")
//	n, err := serve.NewNetwork(net, info)
//	s := serve.New(serve.Options{})
//	err = s.Register("catdog", "1", n)
//	err = s.ListenAndServe(ctx, "127.0.0.1:8080")
//
// It speaks the Open Inference Protocol, version 2, as KServe, Triton and their
// clients do; package rpc beside it speaks the same over gRPC:
//
//	curl -H 'Content-Type: image/png' --data-binary @cat.png 127.0.0.1:8080/v2/models/catdog/classify
//	curl --data-binary 'Smith' 127.0.0.1:8080/v2/models/names/classify
//	curl -N -d '{"text_input":"Once","parameters":{"temperature":0.8}}' 127.0.0.1:8080/v2/models/tales/generate_stream
//	curl -d '{"inputs":[{"name":"input","datatype":"FP32","shape":[1,4],"data":[5.1,3.5,1.4,0.2]}]}' 127.0.0.1:8080/v2/models/iris/infer
//
// # Paths
//
// A [Server] is an [http.Handler] for these; whatever it answers is JSON, but for
// tensors that the client wants as bytes, and streams of events.
//
//	GET  /v2/health/live                      200 while the process works
//	GET  /v2/health/ready                     200 if all models can be asked, else 503
//	GET  /v2                                  name, version and extensions of the server
//	GET  /v2/models/M[/versions/V]            inputs and outputs
//	GET  /v2/models/M[/versions/V]/ready      200 if it can be asked, else 503
//	POST /v2/models/M[/versions/V]/infer      tensors in, tensors out
//	POST /v2/models/M[/versions/V]/classify   a picture (PNG, JPEG) or a text (UTF-8) in, classes out; ?top=5
//	POST /v2/models/M[/versions/V]/generate   the beginning of a text in, what follows out
//	POST /v2/models/M[/versions/V]/generate_stream   the same, in pieces as they come
//
// [Server.Admin] is a second handler, for an address that clients cannot reach:
//
//	POST /v2/repository/index                 all versions and, of those not at work, why
//	POST /v2/repository/models/M/load         loads what is in the folder, at once
//	POST /v2/repository/models/M/unload
//	GET  /v2/models/stats, /v2/models/M[/versions/V]/stats
//	GET  /v2/models/M[/versions/V]/drift      the report of package drift
//	GET  /metrics                             for Prometheus
//	GET  /debug/pprof/
//
// Extensions of the protocol: binary_tensor_data, classification, generate; for
// administrators model_repository and statistics; gannet_classify is the path for
// pictures and texts. Health can be asked by all, the rest by holders of a [Key] if there are
// keys.
//
// # What a client gets
//
// An answer other than 200 has a body {"error": "…"}:
//
//	400  the request is wrong; the message says where, what was got and wanted
//	401  no key, or an unknown one
//	403  another site made a browser send it
//	404  unknown model or version
//	405  another method is wanted
//	408  the body did not come in time
//	413  the body is too large
//	415  an unknown content encoding, a picture for infer or for a model that takes text
//	429  the rate of the key is used up; Retry-After says when to come again
//	500  the model failed; the log says why under the request's id
//	499  the client went away, for the log and the metrics
//	501  the model cannot do that
//	503  not ready, or too much to do; Retry-After
//	504  the answer took longer than Options.Timeout
//
// The header X-Request-Id comes back as it was sent, or with an id that the log has
// too. A request's own id, also an empty one, comes back too; one without gets
// none. The content type of a request is not looked at, but for pictures; bodies may
// be compressed with gzip or deflate, and answers are with gzip, for those that ask
// for it.
//
// # Texts
//
// Language models, see package lm, go on with texts, as do other models that are a
// [Generator]. The body of a request, of Triton's generate extension, has these
// members and no others; all but text_input may be left out, and parameters may also be
// given beside it:
//
//	{"id": "7", "text_input": "Once upon", "parameters": {
//		"temperature": 0.8,     0, the default, takes the most probable token each time
//		"top_k": 40,            of the so many most probable; 0, the default, is all
//		"top_p": 0.95,          of those that have so much probability together
//		"max_tokens": 200,      256 by default; Options.MaxTokens bounds it
//		"seed": 1,              the same seed is the same text; by default a random one
//		"stop": ["\n\n"],       the text ends before one of these, at most 16 of 256 bytes; or a string
//		"stream": true          may be given where it is so anyway
//	}}
//
// The answer is {"model_name": …, "model_version": …, "text_output": …}, without the
// text that came, and with the id, of at most 256 bytes, if there was one. A stream
// is one of server-sent events (text/event-stream), each of which is such an object
// with a piece of the text and "done": false, sent at once; the last has no text and
// "done": true. An error before the first piece has a status as always, one after it
// is the last event, {"error": …}. A text ends when its client goes away, or does
// not take an event within 10 s, and after Options.Timeout.
//
// # Batching
//
// Requests wait in a queue of bounded length, from which an idle worker takes as
// many as fit Options.MaxBatch. So under load networks compute large batches, and a
// lone request does not wait. Batches are powers of two, which is what a predictor
// computes at once. A result does not depend on the rest of its batch, to the last bit. A request whose client is gone, or whose time is over, leaves the
// queue; if a batch fails, its requests are computed one by one, so that only
// the one at fault fails.
//
// # Versions
//
// A model has versions, of which the latest answers unless a [Policy] says
// otherwise. [Server.Watch] follows a folder of models: new versions are verified,
// loaded and tried before they replace the old ones, which then stay loaded for the
// way back. Requests are always answered wholly by one version, which the answer
// names.
//
// # Bounds
//
// A server takes for requests no more memory than Options.MaxMemory for their
// bodies, for the inputs that preprocessing makes of them and for their outputs, at
// most 32 times their bodies for what these say, and for each version of a model,
// beside its weights, a batch and the working memory of as many predictions as there
// are cores. Package rpc says what gRPC takes besides. There are at most
// Options.MaxConns connections to a listener, Options.MaxRequests requests at a time,
// and Options.MaxQueue of them for a version of a model, which generates
// Options.MaxTexts texts at a time; a text takes what package lm says. Panics of a
// model become status 500.
//
// # Metrics
//
//	gannet_requests_total{model,version,code}
//	gannet_rejected_total{model,reason}
//	gannet_request_duration_seconds, gannet_queue_duration_seconds,
//	gannet_compute_duration_seconds, gannet_batch_samples{model,version}   histograms
//	gannet_queue_depth, gannet_model_info{model,version}, gannet_in_flight_requests,
//	gannet_body_bytes, gannet_ready, gannet_drift{model,version,statistic,feature}
//	gannet_model_loads_total{model,result}, gannet_model_load_seconds{model}
//
// Triton's nv_inference_request_success is gannet_requests_total with code 200, its
// nv_inference_queue_duration_us the sum of gannet_queue_duration_seconds,
// nv_inference_exec_count the count of gannet_compute_duration_seconds,
// nv_inference_pending_request_count gannet_queue_depth.
//
// # Logs and traces
//
// Options.Logger gets a line for each request with its id, key, model, status and
// time. Options.Trace is the place for a tracer: with OpenTelemetry, wrap the server
// by otelhttp.NewHandler, and start a span in Trace for each stage of a request,
//
//	Trace: func(ctx context.Context, stage string) (context.Context, func(error)) {
//		ctx, span := tracer.Start(ctx, stage)
//		return ctx, func(err error) { span.RecordError(err); span.End() }
//	},
//
// # Security
//
// Without keys everybody who reaches the server may use it, so examples listen on
// 127.0.0.1. Keys are known by their SHA-256 only and compared in constant time;
// [TLS] asks clients for certificates; Repository.Signers are those whose signature
// models need. Keys and certificates are replaced without a restart. Browsers are
// refused what other sites make them send, and no
// site is allowed to read answers (there is no CORS); on a loopback address
// administrators are answered only under the name of this machine.
package serve
