package sign

import (
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// maxBundle bounds the bytes of a signature file, which has some 200 for each
// file of the model.
const maxBundle = 16 << 20

const payloadType = "application/vnd.in-toto+json"

// mediaTypes are those of the versions of Sigstore's bundle, the one that is
// written first.
var mediaTypes = []string{
	"application/vnd.dev.sigstore.bundle.v0.3+json",
	"application/vnd.dev.sigstore.bundle+json;version=0.3",
	"application/vnd.dev.sigstore.bundle+json;version=0.2",
	"application/vnd.dev.sigstore.bundle+json;version=0.1",
}

// bundle is a signature file: a payload in an envelope with its signature.
type bundle struct {
	payload   string // a statement
	signature string
	hint      string // [Fingerprint] of the key, as far as the signer tells the truth
}

// preAuth is what is signed in place of the payload, so that nothing that was
// signed for another purpose can be a payload: DSSE's pre-authentication encoding.
func preAuth(payload string) string {
	return fmt.Sprintf("DSSEv1 %d %s %d %s", len(payloadType), payloadType, len(payload), payload)
}

// digest hashes a message with the hash that goes with the key's curve.
func digest(key *ecdsa.PublicKey, message string) []byte {
	h := hashOf(key.Curve).New()
	h.Write([]byte(message))
	return h.Sum(nil)
}

// encodeBundle signs a payload and returns the signature file.
func encodeBundle(payload []byte, key *ecdsa.PrivateKey) ([]byte, error) {
	sig, err := key.Sign(rand.Reader, digest(&key.PublicKey, preAuth(string(payload))), hashOf(key.Curve))
	if err != nil {
		return nil, err
	}
	return assemble(payload, sig, Fingerprint(&key.PublicKey))
}

// assemble returns the JSON of a signature file.
func assemble(payload, sig []byte, hint string) ([]byte, error) {
	type publicKey struct {
		Hint string `json:"hint"`
	}
	type material struct {
		PublicKey publicKey `json:"publicKey"`
	}
	type signature struct {
		Sig []byte `json:"sig"`
	}
	type envelope struct {
		Payload     []byte      `json:"payload"`
		PayloadType string      `json:"payloadType"`
		Signatures  []signature `json:"signatures"`
	}
	text, err := json.Marshal(struct {
		MediaType string   `json:"mediaType"`
		Material  material `json:"verificationMaterial"`
		Envelope  envelope `json:"dsseEnvelope"`
	}{mediaTypes[0], material{publicKey{hint}}, envelope{payload, payloadType, []signature{{sig}}}})
	if err != nil {
		return nil, err
	}
	if text = append(text, '\n'); len(text) > maxBundle {
		return nil, fmt.Errorf("signature file would have %d bytes, want at most %d", len(text), maxBundle)
	}
	return text, nil
}

// parseBundle reads a signature file. What it returns is not verified.
func parseBundle(text []byte) (*bundle, error) {
	if len(text) > maxBundle {
		return nil, malformed("bundle has %d bytes, want at most %d", len(text), maxBundle)
	}
	r, err := newReader("bundle", text)
	if err != nil {
		return nil, err
	}
	b := new(bundle)
	var media string
	err = r.object(top, []string{"mediaType", "verificationMaterial", "dsseEnvelope"}, func(key string) error {
		switch key {
		case "mediaType":
			return r.str(key, &media)
		case "verificationMaterial":
			return b.readMaterial(r)
		case "dsseEnvelope":
			return b.readEnvelope(r)
		}
		return r.unknown(top, key)
	})
	if err != nil {
		return nil, err
	}
	if !slices.Contains(mediaTypes, media) {
		return nil, malformed("bundle: mediaType is %q, want %q", media, mediaTypes[0])
	}
	return b, r.end()
}

// readMaterial reads what the signer says about the key. It is not signed and
// serves messages alone; entries of a log prove nothing about a key that is
// trusted anyway.
func (b *bundle) readMaterial(r *reader) error {
	const name = "verificationMaterial"
	key, method := false, ""
	err := r.object(name, nil, func(member string) error {
		switch member {
		case "publicKey":
			key = true
			return b.readKey(r)
		case "x509CertificateChain":
			method = "certificate"
		case "certificate":
			method = "sigstore"
		}
		return r.skip(member, 0)
	})
	switch {
	case err != nil:
		return err
	case method != "" && key:
		return r.bad(name, "is for the methods \"key\" and %q at once", method)
	case method != "":
		return unsupported("signing method is %q, want \"key\"", method)
	case !key:
		return r.bad(name, "has no \"publicKey\"")
	}
	return nil
}

// readKey reads the hint, or the key itself that old signers put there.
func (b *bundle) readKey(r *reader) error {
	const name = "publicKey"
	var hint, raw string
	err := r.object(name, nil, func(key string) error {
		switch key {
		case "hint":
			return r.str(key, &hint)
		case "rawBytes":
			return r.str(key, &raw)
		}
		return r.skip(key, 0)
	})
	if err != nil {
		return err
	}
	if hint == "" && raw == "" {
		return r.bad(name, "has neither \"hint\" nor \"rawBytes\"")
	}
	if b.hint = hint; hint == "" {
		pem, err := decodeBase64(raw)
		if err != nil {
			return r.bad("rawBytes", "is not base64: %v", err)
		}
		keys, err := ParsePublicKeys([]byte(pem))
		if err != nil {
			return r.bad("rawBytes", "is not a key: %v", err)
		}
		b.hint = Fingerprint(keys[0])
	}
	return nil
}

// readEnvelope reads the payload and its signature. The format allows one only.
func (b *bundle) readEnvelope(r *reader) error {
	const name = "dsseEnvelope"
	var typ string
	err := r.object(name, []string{"payload", "payloadType", "signatures"}, func(key string) error {
		switch key {
		case "payload":
			return r.base64(key, &b.payload)
		case "payloadType":
			return r.str(key, &typ)
		case "signatures":
			return r.array(key, 1, func() error { return b.readSignature(r) })
		}
		return r.unknown(name, key)
	})
	switch {
	case err != nil:
		return err
	case typ != payloadType:
		return malformed("bundle: payloadType is %q, want %q", typ, payloadType)
	case b.signature == "":
		return malformed("bundle: signatures are empty, want one")
	}
	return nil
}

func (b *bundle) readSignature(r *reader) error {
	return r.object("signature", []string{"sig"}, func(key string) error {
		switch key {
		case "sig":
			return r.base64(key, &b.signature)
		case "keyid":
			return r.skip(key, 0)
		}
		return r.unknown("signature", key)
	})
}

// base64 reads a string of base64.
func (r *reader) base64(name string, dst *string) error {
	var text string
	if err := r.str(name, &text); err != nil {
		return err
	}
	var err error
	if *dst, err = decodeBase64(text); err != nil {
		return r.bad(name, "is not base64: %v", err)
	}
	return nil
}

// decodeBase64 decodes base64 in its standard alphabet or that for addresses; DSSE
// allows both.
func decodeBase64(text string) (string, error) {
	if i := strings.IndexAny(text, "\r\n"); i >= 0 { // which the decoder skips
		return "", base64.CorruptInputError(i)
	}
	enc := base64.StdEncoding
	if strings.ContainsAny(text, "-_") {
		enc = base64.URLEncoding
	}
	b, err := enc.Strict().DecodeString(text)
	return string(b), err
}

// verify returns the first of the keys that made the signature.
func (b *bundle) verify(keys []*ecdsa.PublicKey) (*ecdsa.PublicKey, error) {
	message := preAuth(b.payload)
	var trusted []string
	for _, key := range keys {
		if ecdsa.VerifyASN1(key, digest(key, message), []byte(b.signature)) {
			return key, nil
		}
		trusted = append(trusted, Fingerprint(key))
	}
	if slices.Contains(trusted, b.hint) {
		return nil, changed("", "signature is not that of key %s over this manifest", b.hint)
	}
	return nil, &Error{
		Reason: fmt.Sprintf("key is %q, trusted are %q", b.hint, trusted),
		Err:    ErrUnknownKey,
	}
}
