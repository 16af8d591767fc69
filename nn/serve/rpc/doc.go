// Package rpc answers the Open Inference Protocol over gRPC, for the models of the
// same [serve.Server] that answers it over HTTP:
//
//	s := serve.New(serve.Options{})
//	err := s.Register("iris", "1", model)
//	both, ctx := errgroup.WithContext(ctx) // if one fails, the other ends
//	both.Go(func() error { return s.ListenAndServe(ctx, "127.0.0.1:8080") })
//	both.Go(func() error { return rpc.ListenAndServe(ctx, "127.0.0.1:9000", s) })
//	err = both.Wait()
//
// Both take new requests until ctx is done, both answer what they have begun, and the
// last of them to end closes the server: programs call neither [serve.Server.Drain]
// nor Close. Programs that have a gRPC server of their own give it to [Register],
// and when they stop call Drain, then GracefulStop, then Close.
//
// # Methods
//
//	inference.GRPCInferenceService  ServerLive ServerReady ModelReady ServerMetadata ModelMetadata ModelInfer
//	grpc.health.v1.Health           Check List Watch, for the services "" and inference.GRPCInferenceService
//	grpc.reflection.v1, v1alpha     for grpcurl and the like
//
// The service is as inference.proto in this folder has it, which agrees with the one
// of KServe number by number. Health, ServerLive, ServerReady, ModelReady and reflection
// can be asked by all, the rest by holders of a [serve.Key] if there are keys, who send
// its secret in the metadata, as "authorization: Bearer SECRET" or "x-api-key: SECRET".
// The key is looked at before the message is read.
//
// Models are loaded and unloaded over HTTP only, by [serve.Server.Admin]. KServe and
// Triton have such methods in this very service, but disagree about the numbers of
// fields: what one calls the model is the repository to the other.
//
// # Tensors
//
// The values of a request's inputs are either all in contents or all in
// raw_input_contents; those of the answer are in the same place. FP16 and BF16 have no
// form but the raw one: an answer with such an output is raw. Contents must be in the
// field that is for their datatype, and fit it: 300 is no UINT8. Parameters other
// than classification of an output have no effect; a uint64 parameter must fit an int64.
//
// # Errors
//
// The status of an error is that of HTTP, in the words of gRPC:
//
//	400 415  InvalidArgument     429  ResourceExhausted
//	401      Unauthenticated     499  Canceled
//	403      PermissionDenied    501  Unimplemented
//	404      NotFound            503  Unavailable
//	408 504  DeadlineExceeded    500  Internal
//	413      ResourceExhausted, as gRPC itself says of messages that are too large
//
// With 429 and 503 comes the trailer grpc-retry-pushback-ms. Internal does not say
// what went wrong, unless the model does by an [oip.Error]; the log does, under the
// id in the header x-request-id. As over HTTP, the id is the client's if it sent one.
//
// # Bounds
//
// A request to infer may take [serve.Options].Timeout from its first byte to its
// answer, and the client as long again to take that: then its connection is closed. A
// message may have MaxBody bytes, also once it is decompressed; the option
// [grpc.MaxRecvMsgSize] sets another size. Towards MaxMemory count a message that is
// there, an answer until it is taken, and for a message that takes longer to come than a
// moment, MaxBody. Besides, gRPC keeps up to 64 KiB of each message that nobody reads
// yet, for at most 100 requests of a connection; and up to 16 compressed messages are
// decompressed at a time, MaxMemory in all. A message is
// read without trust in what it says: what is allocated for its tensors is at
// most 13 times its length, and it has at most 256 inputs, 256 outputs and 256
// parameters in one place.
//
// All of that holds for [Serve] and, but for answers that are not taken and the number
// of connections, for [NewServer]. The settings of a gRPC server of the program's own
// are its own.
//
// # Other code for the protocol
//
// Messages of package inference can be registered in a program only once. One that
// also holds generated code of another client for this protocol ends when it starts,
// unless it is run with GOLANG_PROTOBUF_REGISTRATION_CONFLICT=warn.
package rpc
