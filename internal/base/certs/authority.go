package certs

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/base/pattern"
)

const (
	authorityFile = "local-ca.pem" // holds certificate and key, so that they always belong together
	authorityFor  = 10 * 365 * 24 * time.Hour
	// renewBefore is the shortest rest of life with which a kept authority is used
	// again, so that it does not end while a process runs.
	renewBefore = 90 * 24 * time.Hour
	// leafFor is the life of what the authority signs. It is renewed in memory when
	// half of it is over.
	leafFor = 7 * 24 * time.Hour
)

// Authority is a local certificate authority. It belongs to one installation, and
// signs for the hosts alone for which it was made, for those of localhost, and for
// what is below them: its certificate says so, and clients hold it to that. So
// somebody who steals its key deceives nobody about other hosts.
type Authority struct {
	pair tls.Certificate
}

// ErrNoAuthority is returned if a directory keeps no authority.
var ErrNoAuthority = errors.New("there is no local certificate authority")

// KeptAuthority returns the authority that dir keeps. ErrNoAuthority.
func KeptAuthority(dir string) (*Authority, error) {
	path := filepath.Join(dir, authorityFile)
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w in %s", ErrNoAuthority, dir)
	}
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("%s holds a key, and its mode is %04o: others may have read it; delete the file", path, info.Mode().Perm())
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return readAuthority(path, data)
}

func readAuthority(path string, data []byte) (*Authority, error) {
	pair, err := tls.X509KeyPair(data, data)
	if err != nil {
		return nil, fmt.Errorf("%s: %s; delete the file to get another authority", path, strings.TrimPrefix(err.Error(), "tls: "))
	}
	if !pair.Leaf.IsCA {
		return nil, fmt.Errorf("%s holds no certificate authority; delete the file to get one", path)
	}
	if !constrained(pair.Leaf) {
		return nil, fmt.Errorf("%s holds a certificate authority that may sign for every host, and is none of ours; delete the file to get one", path)
	}
	return &Authority{pair}, nil
}

// constrained reports whether an authority may sign for some hosts alone. Somebody else
// may have put another one into the directory, for this machine to trust it.
func constrained(ca *x509.Certificate) bool {
	return ca.PermittedDNSDomainsCritical && len(ca.PermittedDNSDomains) > 0 && len(ca.PermittedIPRanges) > 0 &&
		!slices.Contains(ca.PermittedDNSDomains, "") && !slices.ContainsFunc(ca.PermittedIPRanges, everywhere)
}

func everywhere(n *net.IPNet) bool {
	ones, _ := n.Mask.Size()
	return ones == 0
}

// LocalAuthority returns the authority that dir keeps, if it may sign for all hosts
// and lives long enough, or else a new one, which dir keeps from now on. replaced is
// the one that it kept before, if there was one. If dir is empty, nothing is kept.
func LocalAuthority(dir string, hosts []string, now time.Time) (ca, replaced *Authority, err error) {
	hosts = localAnd(hosts)
	if dir != "" {
		replaced, err = KeptAuthority(dir)
		if err != nil && !errors.Is(err, ErrNoAuthority) {
			return nil, nil, err
		}
		if err == nil && replaced.goodFor(hosts, now) {
			return replaced, nil, nil
		}
	}
	data, err := makeAuthority(hosts, now)
	if err != nil {
		return nil, nil, fmt.Errorf("make a certificate authority: %w", err)
	}
	if dir != "" {
		if err := keep(dir, data); err != nil {
			return nil, nil, fmt.Errorf("keep the certificate authority: %w", err)
		}
	}
	ca, err = readAuthority(authorityFile, data)
	return ca, replaced, err
}

// Name returns what the authority is called in lists of trusted ones. It differs
// from that of every other.
func (a *Authority) Name() string { return a.pair.Leaf.Subject.CommonName }

// PEM returns the certificate of the authority.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.pair.Leaf.Raw})
}

// Hosts returns the names and networks for which the authority may sign. A name
// stands also for those below it.
func (a *Authority) Hosts() []string {
	hosts := slices.Clone(a.pair.Leaf.PermittedDNSDomains)
	for _, network := range a.pair.Leaf.PermittedIPRanges {
		hosts = append(hosts, network.String())
	}
	return hosts
}

// goodFor reports whether the authority may sign for all hosts and lives long enough.
func (a *Authority) goodFor(hosts []string, now time.Time) bool {
	ca := a.pair.Leaf
	if now.Before(ca.NotBefore) || now.Add(renewBefore).After(ca.NotAfter) {
		return false
	}
	return !slices.ContainsFunc(hosts, func(host string) bool { return !a.maySign(host) })
}

func (a *Authority) maySign(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return within(ip, a.pair.Leaf.PermittedIPRanges)
	}
	name := strings.TrimPrefix(host, "*.")
	return slices.ContainsFunc(a.pair.Leaf.PermittedDNSDomains, func(domain string) bool {
		return name == domain || strings.HasSuffix(name, "."+domain)
	})
}

// localAnd returns the hosts with those of this machine, as far as a certificate can
// name them, each once. It leaves out names like "api-*.example.com". Such hosts get
// the certificate too, and browsers warn about it. Browsers take no wildcard for a
// whole top level, such as *.localhost, but other programs do.
func localAnd(hosts []string) []string {
	var out []string
	for _, host := range append([]string{"localhost", "*.localhost", "127.0.0.1", "::1"}, hosts...) {
		host = strings.ToLower(host)
		if (net.ParseIP(host) != nil || dnsName.MatchString(host)) && !slices.Contains(out, host) {
			out = append(out, host)
		}
	}
	return out
}

// dnsName matches the names that a certificate can hold and a client compares:
// ASCII labels, of which the first may be a star.
var dnsName = pattern.New(`^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$`)

// keep replaces the file in dir as a whole. Only its owner can read it.
func keep(dir string, data []byte) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	temp, err := os.CreateTemp(dir, ".local-ca-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(data)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), filepath.Join(dir, authorityFile))
}
