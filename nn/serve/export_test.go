package serve

// Pair is the certificate of settings that [TLS] returns, for tests that do not wait
// until its files are looked at again.
type Pair struct{ pair }

// NewPair returns the pair of these files.
func NewPair(certificate, key string) (*Pair, error) {
	p := &Pair{pair{certificate: certificate, key: key}}
	return p, p.read()
}

// Get returns the certificate of a connection that comes after its files may have been
// looked at again.
func (p *Pair) Get() ([]byte, error) {
	p.looked = p.looked.Add(-2 * pairEvery)
	c, err := p.get(nil)
	return c.Certificate[0], err
}
