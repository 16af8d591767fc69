package sign

import "testing"

// What is no JSON, or JSON that others might understand otherwise.
func TestParseText(t *testing.T) {
	checkSpoilt(t, validBundle, []spoilt{
		{`"x"`, "\"\xff\"", "bundle is not UTF-8"},
		{`"x"`, `"\ud800"`, "bundle: byte 106: invalid escape"},
		{`"x"`, "\"\n\"", "control character 0xa in a string"},
		{`"x"`, `x`, "bundle: byte 105: invalid character 'x', want a value"},
		{`"x"`, `1.`, "invalid character '}', want a digit"},
		{`"x"`, `{}`, "hint is not a string, or empty"},
		{`"x"`, `"\u0078"`, ""},
		{`{"hint"`, `{hint`, "invalid character 'h', want a string as a key"},
		{`[{"sig"`, `{{"sig"`, "signatures is no array"},
		{`}]}}`, `}`, "ends too early"},
	}, func(text string) error {
		_, err := parseBundle([]byte(text))
		return err
	})
	checkSpoilt(t, validStatement, []spoilt{
		{`"name":"m"`, "\"name\":\"\xff\"", "statement is not UTF-8"},
		{`false}`, `{}}`, "allow_symlinks is {, want true or false"},
		{`false}`, `falsy}`, "invalid character 'f', want a value"},
		{`"method":"files"`, `"method":"shards","shard_size":01`, "invalid character '1', want , or }"},
		{`"method":"files"`, `"method":"shards","shard_size":[8]`, "shard_size is [, want an integer"},
	}, func(text string) error {
		_, err := parseStatement(text)
		return err
	})
}
