// Package certs holds the certificates of a TLS listener, and makes the pool of
// authorities that outgoing calls trust.
//
//	handshake ─► did files change? (checked once a second) ─► choose by SNI
//	                 │                                          exact name
//	                 └ read them again; a broken pair           *.parent
//	                   is logged, and the old one stays         the first pair
//
// Without a pair, a [Store] serves a certificate of a local [Authority], which lives
// for days and is renewed in memory. The authority is kept on disk if there is a
// directory for it, so that a browser that was told to trust it still does after a
// restart.
//
// Package autocert gets certificates from an authority; or another program gets them
// and writes the files.
package certs

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/internal/base/seal"
)

// checkEvery is the shortest time between two looks at the files.
const checkEvery = time.Second

// Pair is one certificate with its private key: two files, or two texts. Texts
// are PEM or base64 of PEM, as Pomerium's configuration has them.
type Pair struct {
	CertFile, KeyFile string // PEM; read again when they change

	Cert string // used if CertFile is empty
	Key  seal.Secret
}

// Config is what a Store is made of.
type Config struct {
	Pairs []Pair // the first one serves clients that send no name or an unknown name

	// For the certificate of a local authority, which is made if Pairs is empty.
	Hosts []string // names and addresses of the certificate, besides those of localhost
	Dir   string   // directory that keeps the authority; empty: memory alone

	Log *slog.Logger     // nil: nothing is logged
	Now func() time.Time // nil: time.Now
}

// Store chooses the certificate of each handshake. It is safe for use from
// several goroutines.
type Store struct {
	log *slog.Logger
	now func() time.Time

	current  atomic.Pointer[chooser]
	checking sync.Mutex   // held while the files are looked at
	checked  atomic.Int64 // time of the last look, in nanoseconds
	config   Config       // guarded by checking
	seen     []stamps     // of each pair; guarded by checking
}

// New reads the certificates of c, or makes a certificate if c has no pair.
func New(c Config) (*Store, error) {
	s := &Store{log: c.Log, now: c.Now}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	return s, s.Replace(c)
}

// Replace makes s use the certificates of c from the next handshake on. Log and
// Now do not change. On an error s keeps the certificates that it has.
func (s *Store) Replace(c Config) error {
	use, err := s.Prepare(c)
	if err != nil {
		return err
	}
	use()
	return nil
}

// Prepare reads the certificates of c, and returns what makes s use them. Nothing
// changes before.
func (s *Store) Prepare(c Config) (use func(), err error) {
	seen := stampsOf(c.Pairs)
	next, err := s.load(&c)
	if err != nil {
		return nil, err
	}
	return func() {
		s.checking.Lock()
		defer s.checking.Unlock()
		s.config, s.seen = c, seen
		s.current.Store(next)
		s.checked.Store(s.now().UnixNano())
	}, nil
}

func (s *Store) load(c *Config) (*chooser, error) {
	if len(c.Pairs) == 0 {
		return s.loadLocal(c)
	}
	var all []*tls.Certificate
	var errs []error
	for i, p := range c.Pairs {
		cert, err := p.load()
		if err != nil {
			errs = append(errs, fmt.Errorf("certificate %d: %w", i+1, err))
			continue
		}
		all = append(all, cert)
	}
	return newChooser(all), errors.Join(errs...)
}

// loadLocal returns what serves a certificate of the local authority.
func (s *Store) loadLocal(c *Config) (*chooser, error) {
	ca, replaced, err := LocalAuthority(c.Dir, c.Hosts, s.now())
	if err != nil {
		return nil, err
	}
	if replaced != nil {
		s.log.Warn("a new local certificate authority was made, since the old one may not sign for all hosts, or ends: gatehouse ca trust makes this machine trust it", slog.String("old", replaced.Name()), slog.String("new", ca.Name()))
	}
	leaf, err := ca.issue(localAnd(c.Hosts), s.now())
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	return &chooser{first: leaf, local: true}, nil
}

// TLSConfig returns the configuration of a listener: HTTP/2 and HTTP/1.1 over
// TLS 1.2 or newer.
func (s *Store) TLSConfig() *tls.Config {
	return &tls.Config{
		GetCertificate: s.Certificate,
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
	}
}

// Certificate returns the certificate for a handshake. It has the form of
// tls.Config's GetCertificate.
func (s *Store) Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	s.refresh()
	return s.current.Load().choose(hello), nil
}

// Covers reports whether one of the pairs is for a host name. The certificate of the
// local authority covers none.
func (s *Store) Covers(name string) bool {
	s.refresh()
	return s.current.Load().covers(name)
}

// refresh reads the files again if they changed, and renews the certificate of the
// local authority. A handshake never waits for another handshake that does.
func (s *Store) refresh() {
	now := s.now().UnixNano()
	if now-s.checked.Load() < int64(checkEvery) || !s.checking.TryLock() {
		return
	}
	defer s.checking.Unlock()
	s.checked.Store(now)
	// The stamps are taken before the files are read: a change during the
	// reading shows at the next look. They are kept after a failure, so that
	// the failure is logged once.
	seen := stampsOf(s.config.Pairs)
	aged := s.current.Load().aged(s.now())
	if slices.Equal(seen, s.seen) && !aged {
		return
	}
	s.seen = seen
	next, err := s.load(&s.config)
	if err != nil {
		s.log.Error("the certificates were not read again, the known ones stay in use", slog.String("error", err.Error()))
		return
	}
	s.current.Store(next)
	if !aged {
		s.log.Info("the certificates were read again")
	}
}

// stamps show whether the files of a pair changed.
type stamps [2]stamp

type stamp struct {
	modified int64
	size     int64
}

func stampsOf(pairs []Pair) []stamps {
	all := make([]stamps, len(pairs))
	for i, p := range pairs {
		all[i] = stamps{stampOf(p.CertFile), stampOf(p.KeyFile)}
	}
	return all
}

func stampOf(path string) stamp {
	if path == "" {
		return stamp{}
	}
	info, err := os.Stat(path) // follows links: some systems replace the link, not the file
	if err != nil {
		return stamp{}
	}
	return stamp{modified: info.ModTime().UnixNano(), size: info.Size()}
}
