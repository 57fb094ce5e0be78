// Package certs holds the certificates of a TLS listener, and the pool of
// authorities that calls out of the process trust.
//
//	handshake ─► files changed? (asked once a second) ─► choose by SNI
//	                 │                                     exact name
//	                 └ read again; a pair that is broken   *.parent
//	                   is logged and the old one stays     the first pair
//
// Without any pair a self-made certificate answers, kept on disk if there is a
// place for it, so that a browser which was told to trust it goes on doing so.
//
// Getting certificates from an authority is left to what writes the files.
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

// checkEvery is how often the files are looked at, at most.
const checkEvery = time.Second

// Pair is one certificate with its private key: two files, or two texts. Texts
// are PEM or base64 of PEM, as Pomerium's configuration has them.
type Pair struct {
	CertFile, KeyFile string // PEM; looked at again while the process runs

	Cert string // where CertFile is empty
	Key  seal.Secret
}

// Config is what a Store is made of.
type Config struct {
	Pairs []Pair // the first is for clients that ask for no name or an unknown one

	// For the self-made certificate, which is made where Pairs is empty.
	Hosts []string // the names and addresses that it is for, beside localhost's
	Dir   string   // where it is kept; "": in memory alone

	Log *slog.Logger     // nil: nothing is logged
	Now func() time.Time // nil: time.Now
}

// Store chooses the certificate of each handshake. It is safe for use from
// several goroutines.
type Store struct {
	log *slog.Logger
	now func() time.Time

	current  atomic.Pointer[chooser]
	checking sync.Mutex   // held by the one who looks at the files
	checked  atomic.Int64 // when, in nanoseconds
	config   Config       // guarded by checking
	seen     []stamps     // of each pair; guarded by checking
}

// New reads the certificates of c, or makes one.
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

// Replace makes s use the certificates of c from the next handshake on; Log
// and Now stay as they were. On an error s goes on as before.
func (s *Store) Replace(c Config) error {
	s.checking.Lock()
	defer s.checking.Unlock()
	seen := stampsOf(c.Pairs)
	next, err := s.load(&c)
	if err != nil {
		return err
	}
	s.config, s.seen = c, seen
	s.current.Store(next)
	s.checked.Store(s.now().UnixNano())
	return nil
}

func (s *Store) load(c *Config) (*chooser, error) {
	if len(c.Pairs) == 0 {
		own, err := selfMade(c.Dir, c.Hosts, s.now())
		if err != nil {
			return nil, err
		}
		return newChooser([]*tls.Certificate{own}), nil
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

// refresh reads the files again if they changed. A handshake never waits for
// another one that does so.
func (s *Store) refresh() {
	now := s.now().UnixNano()
	if now-s.checked.Load() < int64(checkEvery) || !s.checking.TryLock() {
		return
	}
	defer s.checking.Unlock()
	s.checked.Store(now)
	// Stamps are taken before reading, so that a change meanwhile shows next
	// time; and kept on failure too, so that it is logged once.
	seen := stampsOf(s.config.Pairs)
	if slices.Equal(seen, s.seen) {
		return
	}
	s.seen = seen
	next, err := s.load(&s.config)
	if err != nil {
		s.log.Error("certificates not read again", slog.String("error", err.Error()))
		return
	}
	s.current.Store(next)
	s.log.Info("certificates read again")
}

// stamps are what shows that the files of a pair changed.
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
	info, err := os.Stat(path) // follows links, which some systems swap
	if err != nil {
		return stamp{}
	}
	return stamp{modified: info.ModTime().UnixNano(), size: info.Size()}
}
