package config

import (
	"crypto/tls"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/settings"
)

// Listener says where Gatehouse accepts requests, and how it treats a request
// before it selects a route.
type Listener struct {
	// The address to listen on, `host:port`. Without a host, all addresses.
	Address string `key:"address" default:":443"`

	// Serve plain HTTP on `address`, because a proxy in front of Gatehouse
	// terminates TLS. Cookies stay Secure.
	InsecureServer bool `key:"insecure_server"`

	// The protocols of `address`. `auto`: HTTP/1.1 and HTTP/2. `http1` and `http2`: one
	// of them alone. `http3`: HTTP/3 too, over QUIC at the UDP port of the same number,
	// of which answers over the others tell (`Alt-Svc`).
	CodecType string `key:"codec_type" default:"auto" enum:"auto,http1,http2,http3" prefix:"codec_type_"`

	// A second address that redirects plain HTTP to HTTPS. Off when empty. A reload
	// changes it at once.
	HTTPRedirectAddr string `key:"http_redirect_addr"`

	// Certificates as pairs of PEM files. Gatehouse selects one by the host name
	// that the client asks for. Without any certificate key, it serves a
	// certificate of a local authority, which `gatehouse ca trust` makes a machine
	// trust.
	Certificates []CertificateFiles `key:"certificates"`

	// One certificate with its chain: base64 of PEM, or PEM.
	Certificate string `key:"certificate"`

	// The private key of `certificate`: base64 of PEM, or PEM.
	CertificateKey seal.Secret `key:"certificate_key"`

	// One certificate with its chain: the path of a PEM file.
	CertificateFile string `key:"certificate_file"`

	// The private key of `certificate_file`: the path of a PEM file.
	CertificateKeyFile string `key:"certificate_key_file"`

	// How long a client may take to send a request. 0 for no limit.
	TimeoutRead time.Duration `key:"timeout_read" default:"30s"`

	// How long an answer may take to be sent. 0 for no limit.
	TimeoutWrite time.Duration `key:"timeout_write" default:"0s"`

	// How long a connection without a request is kept open.
	TimeoutIdle time.Duration `key:"timeout_idle" default:"5m"`

	// A proxy in front opens each connection to `address` with a header of the PROXY
	// protocol, version 1 or 2, which says where the client is. A connection without
	// it is closed: let nobody but that proxy reach the address, or anybody could
	// claim to be anywhere.
	UseProxyProtocol bool `key:"use_proxy_protocol"`

	// How many proxies stand in front of Gatehouse. Gatehouse trusts that many
	// entries of X-Forwarded-For, counted from the right, to find the client's
	// address.
	XFFNumTrustedHops int `key:"xff_num_trusted_hops"`

	// Do not add the client's address to X-Forwarded-For.
	SkipXFFAppend bool `key:"skip_xff_append"`

	// Merge repeated slashes in a path before a route is selected.
	MergeSlashes bool `key:"merge_slashes" default:"true"`

	// Resolve `.` and `..` in a path before a route is selected.
	NormalizePath bool `key:"normalize_path" default:"true"`

	// What happens to a path that holds an escaped slash (`%2F`, `%5C`).
	PathWithEscapedSlashesAction string `key:"path_with_escaped_slashes_action" default:"reject_request" enum:"keep_unchanged,reject_request,unescape_and_redirect,unescape_and_forward" prefix:"path_with_escaped_slashes_action_"`

	// What happens to a request that has a header with an underscore in its
	// name. Many applications confuse the underscore with a hyphen.
	HeadersWithUnderscoresAction string `key:"headers_with_underscores_action" default:"reject_request" enum:"allow,reject_request,drop_header" prefix:"headers_with_underscores_action_"`
}

// CertificateFiles names one certificate and its key.
type CertificateFiles struct {
	// The certificate with its chain, a PEM file.
	Cert string `key:"cert"`

	// Its private key, a PEM file.
	Key string `key:"key"`
}

// KeyPair is a certificate with its private key, both PEM.
type KeyPair struct {
	Cert string
	Key  seal.Secret
}

// Parse returns the pair in the form that crypto/tls needs.
func (p KeyPair) Parse() (tls.Certificate, error) {
	return tls.X509KeyPair([]byte(p.Cert), []byte(p.Key.Reveal()))
}

func (k *checker) checkListener(l *Listener) {
	k.address("address", l.Address)
	if l.CodecType == "http3" && l.UseProxyProtocol {
		k.fail("codec_type", settings.Quote("http3"), "another value with use_proxy_protocol", "the PROXY protocol says nothing of clients that come by UDP")
	}
	if l.HTTPRedirectAddr != "" {
		k.address("http_redirect_addr", l.HTTPRedirectAddr)
		if l.HTTPRedirectAddr == l.Address {
			k.fail("http_redirect_addr", "is the same as address", "", "use another port, for example :80")
		}
	}
	if l.XFFNumTrustedHops < 0 || l.XFFNumTrustedHops > 100 {
		k.fail("xff_num_trusted_hops", settings.Quote(strconv.Itoa(l.XFFNumTrustedHops)), "a number from 0 to 100", "")
	}
	k.checkHalf("certificate", l.Certificate != "", "certificate_key", l.CertificateKey != "")
	k.checkHalf("certificate_file", l.CertificateFile != "", "certificate_key_file", l.CertificateKeyFile != "")
	for i, files := range l.Certificates {
		at := settings.Item("certificates", i)
		if files.Cert == "" {
			k.missing(at+".cert", "write the path of a PEM file")
		}
		if files.Key == "" {
			k.missing(at+".key", "write the path of a PEM file")
		}
	}
	k.checkPairs(l)
}

// checkHalf reports the missing one of two keys that belong together.
func (k *checker) checkHalf(a string, hasA bool, b string, hasB bool) {
	switch {
	case hasA && !hasB:
		k.missing(b, a+" needs it")
	case hasB && !hasA:
		k.missing(a, b+" needs it")
	}
}

// checkPairs checks that the certificates can be read, and that each key
// belongs to its certificate.
func (k *checker) checkPairs(l *Listener) {
	for i, pair := range k.c.TLS {
		if pair.Cert == "" || pair.Key == "" {
			continue
		}
		if _, err := pair.Parse(); err != nil {
			k.fail(l.pairPath(i), "the certificate with its key", "a pair that TLS can use", strings.TrimPrefix(err.Error(), "tls: "))
		}
	}
}

// pairPath returns the key that the i-th certificate came from.
func (l *Listener) pairPath(i int) string {
	if l.Certificate != "" || l.CertificateKey != "" {
		if i == 0 {
			return "certificate"
		}
		i--
	}
	if l.CertificateFile != "" || l.CertificateKeyFile != "" {
		if i == 0 {
			return "certificate_file"
		}
		i--
	}
	return settings.Item("certificates", i)
}
