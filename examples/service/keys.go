package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"strings"

	"github.com/gannet-ml/gannet/nn/serve"
)

// keygen makes a key for a client, or a pair of keys to sign with.
func keygen(_ context.Context, args []string) error {
	f := flag.NewFlagSet("service keygen", flag.ContinueOnError)
	client := f.String("api", "", "`name` of a client: print a new secret for it, and the line for the file of -keys")
	rate := f.Float64("rate", 0, "requests a second that the client may make, with -api; 0 for any number")
	pair := f.String("signing", "", "write a new pair of keys to sign with to `PREFIX`.key and PREFIX.pub")
	if err := f.Parse(args); err != nil {
		return err
	}
	switch {
	case f.NArg() > 0:
		return fmt.Errorf("unexpected argument %q", f.Arg(0))
	case (*client == "") == (*pair == ""):
		return errors.New("want keygen -api NAME or keygen -signing PREFIX")
	case *pair != "" && *rate != 0:
		return errors.New("-rate goes with -api")
	case *pair != "":
		return writeSigningPair(*pair)
	case !(*rate >= 0) || math.IsInf(*rate, 1):
		return fmt.Errorf("-rate %v, want 0 or more", *rate)
	}
	if strings.ContainsAny(*client, " \t\r\n") || (*client)[0] == '#' {
		return fmt.Errorf("-api %q, want a name without spaces that does not begin with #", *client)
	}
	key, secret := serve.NewKey(*client)
	key.Rate = *rate
	fmt.Printf("The secret of %s, which is shown only now:\n\n  %s\n\nClients send it as \"Authorization: Bearer SECRET\". Add this line, which does not give it away, to the file of -keys:\n\n%s\n", *client, secret, key)
	return nil
}
