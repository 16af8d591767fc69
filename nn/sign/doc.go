// Package sign signs the directory of a model and verifies it before it is loaded,
// so that what runs is what its maker released. Signatures are those of OpenSSF
// Model Signing v1.0 (github.com/ossf/model-signing-spec), which other programs read
// and write too.
//
//	err := sign.Sign("models/catdog/3", key)              // adds model.sig
//
//	m, err := sign.Verify("models/catdog/3", publicKeys...)
//	weights, err := m.ReadFile("model.safetensors")       // the bytes that were verified
//
// Keys are made once, by [GenerateKey] or openssl:
//
//	key, err := sign.GenerateKey(elliptic.P256())
//	err = sign.WritePrivateKey("signing-key.pem", key)    // stays where models are made
//	text, err := sign.MarshalPublicKey(&key.PublicKey)    // goes where they run
//
// [ReadPrivateKey] and [ParsePublicKeys] read them again.
//
// # What a signature says
//
// A signature file holds the manifest, which is the path and the SHA-256 of every
// file, signed by ECDSA. A model is accepted if one of the trusted keys made the
// signature, every file of the manifest is there with its content, and nothing else
// is: an added file is an error as a changed one is. It does not say when a model was
// signed; an older model with its signature can be put in the place of a newer one.
// To notice that, compare [Model.Digest] with the one that is expected.
//
// [Error] says what is wrong, and errors.Is tells [ErrNotSigned], [ErrUnknownKey],
// [ErrChanged] and [ErrBundle] apart.
//
// # What of the specification there is
//
// Signing and verifying by the method "key", with ECDSA on P-256, P-384 and P-521,
// whose hashes are SHA-256, SHA-384 and SHA-512; files hashed by SHA-256, as a whole
// or in shards. Accepted are also the signatures that releases from 0.3.1 on of the
// reference implementation wrote with keys, and the form of their shards.
//
// Refused, with [errors.ErrUnsupported], are the methods "certificate" and
// "sigstore", the hashes BLAKE2b and BLAKE3, and other predicates than that of v1.0.
//
// Stricter than the specification are these: symbolic links are errors, even where a
// signature allows them; paths must not have backslashes or control characters; the
// digest of the whole is recomputed; members of JSON must not repeat. More lenient are
// these: entries of the manifest may come in any order, and the hint about the key is
// not believed, every trusted key is tried.
//
// # Limits
//
// A signature file has at most 16 MiB, a model 100,000 files and folders with paths
// of at most 4096 bytes. [Verify] keeps the files in memory, at most 4 GiB unless
// [MaxBytes] says otherwise; reading the signature takes some ten times its size.
// [Sign] keeps no files.
package sign
