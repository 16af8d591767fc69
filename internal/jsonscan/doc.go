// Package jsonscan holds the grammar of JSON for readers that know what they want
// next: model files, requests, signatures. It is strict where the decoder of
// encoding/json is not, so that whoever else reads a text understands it alike:
//
//   - half a surrogate pair (\ud800 alone) is an error, not U+FFFD;
//   - keys are handed over as they come, for the caller to refuse those that repeat
//     or are written in other letters;
//   - numbers keep all their digits until a type is asked for.
//
// A [Scanner] allocates nothing but for strings with escapes, whose memory it uses
// again, and for errors. Limits, and the words of messages, are the caller's: an
// [Error] says what is wanted or wrong, Pos of the Scanner says where.
//
// For settings and manifests that fill a struct there is internal/strictjson, which
// is encoding/json with unknown fields refused.
package jsonscan
