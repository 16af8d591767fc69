package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"
)

// The committed files are what the generator writes.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	dir := t.TempDir()
	if err := generate("..", "inference.proto", dir); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 2 {
		t.Errorf("the generator writes %d files, want 2", len(files))
	}
	for _, f := range files {
		got, err := os.ReadFile(filepath.Join("..", "..", "internal", "inference", f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the generator writes; run go generate", f.Name())
		}
	}
}

// Our file says what the official one says, but for comments.
func TestAgreesWithKServe(t *testing.T) {
	shared := os.Getenv("GANNET_SHARED")
	if shared == "" {
		t.Skip("GANNET_SHARED is not set: it names the folder with the official file")
	}
	ours := describe(t, "..", "inference.proto")
	official := describe(t, filepath.Join(shared, "fixtures", "oip", "spec"), "open_inference_grpc.proto")
	if !proto.Equal(ours, official) {
		t.Errorf("ours is\n%s\nthe official one\n%s", prototext.Format(ours), prototext.Format(official))
	}
}

// describe compiles a file and leaves out what is its own.
func describe(t *testing.T, dir, file string) *descriptorpb.FileDescriptorProto {
	t.Helper()
	compiler := protocompile.Compiler{Resolver: &protocompile.SourceResolver{ImportPaths: []string{dir}}}
	files, err := compiler.Compile(context.Background(), file)
	if err != nil {
		t.Fatal(err)
	}
	d := protodesc.ToFileDescriptorProto(files[0])
	d.Name, d.Options = nil, nil
	return d
}
