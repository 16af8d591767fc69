package sign

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
)

const (
	zeros = "0000000000000000000000000000000000000000000000000000000000000000"
	root1 = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925" // of zeros, 32 bytes
)

// A statement and a bundle that are right, to be spoilt.
const (
	validStatement = `{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"m","digest":{"sha256":"` + root1 + `"}}],` +
		`"predicateType":"https://model_signing/signature/v1.0","predicate":{"serialization":{"method":"files","hash_type":"sha256",` +
		`"allow_symlinks":false},"resources":[{"name":"a","digest":"` + zeros + `","algorithm":"sha256"}]}}`
	validBundle = `{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{"hint":"x"}},` +
		`"dsseEnvelope":{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[{"sig":"MAA="}]}}`
)

// spoilt is a change of a text and what is said about it, "" if nothing is wrong.
type spoilt struct{ old, new, want string }

var statements = []spoilt{
	{"", "", ""},
	{`"a"`, `"a/b"`, ""},
	{`{"_type"`, ` {"_type"`, ""},
	{`"name":"a"`, `"name":"a","annotations":{"x":[{}]},"uri":null`, ""},
	{`false}`, `true}`, ""},
	{`false}`, `false,"ignore_paths":["/elsewhere/x","*","."]}`, ""},
	{`"name":"m"`, `"name":"m","uri":"x"`, ""},
	{`"sha256":"`, `"sha512":"x","sha256":"`, ""},
	{`{"_type"`, `x{"_type"`, "statement: byte 0: invalid character"},
	{`]}}`, `]}`, "ends too early"},
	{`]}}`, `]}}{}`, "more than one JSON value"},
	{`"_type":"https://in-toto.io/Statement/v1",`, ``, `has no "_type"`},
	{`Statement/v1`, `Statement/v0.1`, `_type is "https://in-toto.io/Statement/v0.1"`},
	{`{"_type"`, `{"_TYPE":"x","_type"`, `unknown member "_TYPE"`},
	{`{"_type"`, `{"predicate":{},"_type"`, `has "predicate" twice`},
	{`{"_type"`, `{"\u005ftype":"x","_type"`, `has "_type" twice`},
	{`"subject":[{`, `"x":[],"subject":[{`, `unknown member "x"`},
	{`"subject":[{"name":"m","digest":{"sha256":"` + root1 + `"}}]`, `"subject":[]`, "subject is empty"},
	{`"subject":[{`, `"subject":[{"name":"m","digest":{"sha256":"0"}},{`, "subject has more than 1 elements"},
	{`"name":"m"`, `"name":""`, "name of the subject is not a string, or empty"},
	{`"name":"m",`, ``, `subject has no "name"`},
	{root1, zeros, "sha256 is " + zeros + ", that of the resources is " + root1},
	{`{"sha256":"`, `{"md5":"`, `digest of the subject has no "sha256"`},
	{`"predicate":{`, `"predicate":{"x":1,`, `predicate has the unknown member "x"`},
	{`"predicate":{`, `"predicate":7,"x":{`, "predicate is no object"},
	{`"method":"files",`, ``, `serialization has no "method"`},
	{`"method":"files"`, `"method":"files","shard_size":8`, `method of serialization is "files" and shard_size is 8`},
	{`"method":"files"`, `"method":"shards"`, `method of serialization is "shards" and shard_size is 0`},
	{`"method":"files"`, `"method":"shards","shard_size":0.5`, "shard_size is 0.5, want an integer"},
	{`"method":"files"`, `"method":"shards","shard_size":-1`, "shard_size is -1, want an integer"},
	{`"method":"files"`, `"method":"shards","shard_size":1e99`, "shard_size is 1e99, want an integer"},
	{`"method":"files"`, `"method":"shards","shard_size":"8"`, "shard_size is 8, want an integer"},
	{`false}`, `"no"}`, "allow_symlinks is no, want true or false"},
	{`false}`, `false,"x":1}`, `serialization has the unknown member "x"`},
	{`false}`, `false,"ignore_paths":[1]}`, "path in ignore_paths is not a string"},
	{`,"algorithm":"sha256"`, ``, `resource has no "algorithm"`},
	{`"algorithm":"sha256"`, `"algorithm":"md5"`, `algorithm of "a" is "md5"`},
	{`"algorithm":"sha256"`, `"algorithm":"sha256-sharded-0"`, `algorithm of "a" is "sha256-sharded-0"`},
	{`"digest":"00`, `"digest":"`, `digest of "a" is`},
	{`"digest":"00`, `"digest":"AA`, `digest of "a" is`},
	{`"digest":"00`, `"digest":"x0`, `digest of "a" is`},
	{`"name":"a"`, `"name":7`, "name of a resource is not a string"},
	{`"name":"a"`, `"name":"a","x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40), "nested more than 32 deep"},
}

var bundles = []spoilt{
	{"", "", ""},
	{`.v0.3+json`, `+json;version=0.2`, ""},
	{`"hint":"x"}`, `"hint":"x","y":1},"tlogEntries":[{"logIndex":"1"}],"timestampVerificationData":null`, ""},
	{`"sig":"MAA="`, `"sig":"MAA=","keyid":null`, ""},
	{`"sig":"MAA="`, `"sig":"_-A=","keyid":"x"`, ""},
	{`application/vnd.dev.sigstore.bundle.v0.3+json`, `application/json`, `mediaType is "application/json"`},
	{`.v0.3+json`, `.v0.4+json`, "mediaType is "},
	{`{"mediaType"`, `{"x":1,"mediaType"`, `unknown member "x"`},
	{`{"mediaType"`, `[{"mediaType"`, "the top level is no object"},
	{`{"publicKey":{"hint":"x"}}`, `{}`, `has no "publicKey"`},
	{`{"publicKey":{"hint":"x"}}`, `null`, "verificationMaterial is no object"},
	{`{"publicKey":{"hint":"x"}}`, `{"publicKey":{}}`, `publicKey has neither "hint" nor "rawBytes"`},
	{`{"publicKey":{"hint":"x"}}`, `{"publicKey":{"rawBytes":"MAA="}}`, "rawBytes is not a key: "},
	{`{"publicKey":{"hint":"x"}}`, `{"publicKey":{"rawBytes":"?"}}`, "rawBytes is not base64: "},
	{`{"publicKey":{"hint":"x"}}`, `{"publicKey":{"hint":"x"},"certificate":{}}`, `methods "key" and "sigstore" at once`},
	{`"payload":"e30="`, `"payload":"e30"`, "payload is not base64"},
	{`"payload":"e30="`, `"payload":"e31="`, "payload is not base64"},
	{`"payload":"e30="`, `"payload":"e30=\n"`, "payload is not base64"},
	{`"payload":"e30="`, `"payload":""`, "payload is not a string, or empty"},
	{`"payload":"e30=",`, ``, `dsseEnvelope has no "payload"`},
	{`"payload":"e30="`, `"payload":"e30=","Payload":"e30="`, `dsseEnvelope has the unknown member "Payload"`},
	{`vnd.in-toto+json`, `json`, `payloadType is "application/json"`},
	{`[{"sig":"MAA="}]`, `[]`, "signatures are empty"},
	{`[{"sig":"MAA="}]`, `[{"sig":"MAA="},{"sig":"MAA="}]`, "signatures has more than 1 elements"},
	{`{"sig":"MAA="}`, `{}`, `signature has no "sig"`},
	{`"sig":"MAA="`, `"sig":"MAA=","x":1`, `signature has the unknown member "x"`},
	{`}]}}`, `}]}},`, "byte 2"},
}

// checkSpoilt parses all changes of a text.
func checkSpoilt(t *testing.T, text string, list []spoilt, parse func(string) error) {
	for _, c := range list {
		spoilt := strings.Replace(text, c.old, c.new, 1)
		if spoilt == text && c.old != "" {
			t.Errorf("%q is not in the text", c.old)
		}
		err := parse(spoilt)
		if c.want == "" {
			if err != nil {
				t.Errorf("%q: %v", c.new, err)
			}
			continue
		}
		if !errors.Is(err, ErrBundle) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q for %q: error %v, want %q", c.new, c.old, err, c.want)
		}
	}
}

func TestParseStatement(t *testing.T) {
	checkSpoilt(t, validStatement, statements, func(text string) error {
		s, err := parseStatement(text)
		if err == nil {
			_, err = s.pieces("")
		}
		return err
	})
}

func TestParseBundle(t *testing.T) {
	checkSpoilt(t, validBundle, bundles, func(text string) error {
		_, err := parseBundle([]byte(text))
		return err
	})
}

func TestParseUnsupported(t *testing.T) {
	for _, c := range []spoilt{
		{`signature/v1.0`, `Digests/v0.1`, `predicateType is "https://model_signing/Digests/v0.1"`},
		{`"hash_type":"sha256"`, `"hash_type":"blake3"`, `hash_type is "blake3", want "sha256"`},
		{`"method":"files"`, `"method":"tar"`, `method of serialization is "tar"`},
	} {
		if _, err := parseStatement(strings.Replace(validStatement, c.old, c.new, 1)); !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.new, err, c.want)
		}
	}
	for member, method := range map[string]string{"certificate": "sigstore", "x509CertificateChain": "certificate"} {
		_, err := parseBundle([]byte(strings.Replace(validBundle, "publicKey", member, 1)))
		refused(t, err, errors.ErrUnsupported, fmt.Sprintf(`signing method is %q, want "key"`, method))
	}
}

// signed returns a valid signature over a statement with resources.
func signed(t testing.TB, key *ecdsa.PrivateKey, shard int64, names ...string) []byte {
	t.Helper()
	s := &statement{name: "m", shard: shard}
	for _, n := range names {
		s.resources = append(s.resources, resource{n, zeros, "sha256"})
	}
	var err error
	s.root, err = rootDigest(s.resources)
	must(t, err)
	payload, err := s.encode()
	must(t, err)
	text, err := encodeBundle(payload, key)
	must(t, err)
	return text
}

// A manifest that was signed is still not believed to be harmless.
func TestManifestRefused(t *testing.T) {
	key := newKey(t, elliptic.P256())
	dir := model(t, map[string]string{"a": "x"})
	for _, c := range []struct {
		shard int64
		names []string
		want  string
	}{
		{0, []string{"../outside"}, `name "../outside" in the manifest is not a relative path`},
		{0, []string{"/etc/passwd"}, "is not a relative path"},
		{0, []string{"a/../b"}, "is not a relative path"},
		{0, []string{"a//b"}, "is not a relative path"},
		{0, []string{"./a"}, "is not a relative path"},
		{0, []string{"a/"}, "is not a relative path"},
		{0, []string{"."}, "is not a relative path"},
		{0, []string{`..\outside`}, "has a backslash"},
		{0, []string{"a\x00"}, "has a control character"},
		{0, []string{strings.Repeat("a", maxName+1)}, "has 4097 bytes, want at most 4096"},
		{0, []string{"a", "a"}, `"a" is in the manifest 2 times`},
		{4, []string{"a"}, `name "a" in the manifest is not PATH:START:END`},
		{4, []string{"a:0"}, "is not PATH:START:END"},
		{4, []string{"a:0:+4"}, "is not PATH:START:END"},
		{4, []string{"a:00:4"}, "is not PATH:START:END"},
		{4, []string{"a:0:0"}, "is not PATH:START:END"},
		{4, []string{"a:4:0"}, "is not PATH:START:END"},
		{4, []string{"a:0:9223372036854775808"}, "is not PATH:START:END"},
		{4, []string{":0:4"}, `name "" in the manifest is not a relative path`},
		{4, []string{"../a:0:4"}, "is not a relative path"},
		{4, []string{"a:4:8"}, `shard 0 of "a" has bytes 4 to 8, want 4 from 0`},
		{4, []string{"a:0:5"}, "has bytes 0 to 5"},
		{4, []string{"a:0:4", "a:0:4"}, "has bytes 0 to 4"},
		{4, []string{"a:0:4", "a:5:6"}, "has bytes 5 to 6"},
		{4, []string{"a:0:3", "a:3:4"}, "has bytes 0 to 3"},
	} {
		_, err := VerifyBundle(signed(t, key, c.shard, c.names...), dir, []*ecdsa.PublicKey{&key.PublicKey})
		refused(t, err, ErrBundle, c.want)
	}
}

// The encoding that is signed, with the example of its specification.
func TestPreAuth(t *testing.T) {
	if got, want := preAuth("hello world"), "DSSEv1 28 application/vnd.in-toto+json 11 hello world"; got != want {
		t.Errorf("preAuth = %q, want %q", got, want)
	}
	if len(payloadType) != 28 {
		t.Errorf("payload type has %d bytes", len(payloadType))
	}
}

func TestDecodeBase64(t *testing.T) {
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		if got, err := decodeBase64(enc.EncodeToString([]byte("\xff\xfe\xfd??"))); got != "\xff\xfe\xfd??" || err != nil {
			t.Errorf("decodeBase64 = %q, %v", got, err)
		}
	}
	if _, err := decodeBase64("+_=="); err == nil {
		t.Error("mixed alphabets: no error")
	}
}
