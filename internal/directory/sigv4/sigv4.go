// Package sigv4 verifies requests that are signed with AWS Signature
// Version 4 in their Authorization header.
//
// A request is checked in this order, and the first check that fails answers
// with AWS's text: the form of the header, the scope of the credential, the
// date, the signed headers, the hash of the body, the access key, and the
// signature over all of it:
//
//	canonical request → string to sign → HMAC with the key of day, region, service
//
// The caller knows who owns an access key and what the owner may do. Signatures
// in the query (presigned URLs), temporary credentials and unsigned bodies are
// refused.
package sigv4

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	isoBasic   = "20060102T150405Z"
)

const defaultSkew = 5 * time.Minute

// Verifier verifies the requests to one service. Safe for concurrent use.
type Verifier struct {
	Service string // the service in the credential's scope: "cognito-idp"
	Region  string // the region in the credential's scope; "": any

	// Secret returns the secret of an access key. An error of kind NotFound
	// means that there is no such key; Verify returns any other error as it is.
	// With AnyKey, Secret may be nil.
	Secret func(ctx context.Context, accessKeyID string) (seal.Secret, error)

	// AnyKey accepts every access key, also a temporary one, and does not check
	// the signature. Everything else is still checked. Use it only for
	// development on a loopback address.
	AnyKey bool

	Now  func() time.Time // nil: time.Now
	Skew time.Duration    // how far the signer's clock may be off; 0: 5 minutes

	keys signingKeys
}

// Request is the part of an HTTP request that is signed, besides its body.
type Request struct {
	Method        string
	URL           *url.URL
	Host          string
	Header        textproto.MIMEHeader // its keys are in canonical form
	ContentLength int64                // -1: unknown
}

// Signer is who signed a verified request.
type Signer struct {
	AccessKeyID string
	Region      string // the region in the credential's scope
}

// Verify returns who signed r and body.
func (v *Verifier) Verify(ctx context.Context, r *Request, body []byte) (Signer, error) {
	a, err := parse(r)
	if err != nil {
		return Signer{}, err
	}
	if err := v.checkScope(a); err != nil {
		return Signer{}, err
	}
	if err := v.checkDate(a); err != nil {
		return Signer{}, err
	}
	if err := checkSignedHeaders(r, a); err != nil {
		return Signer{}, err
	}
	bodyHash, err := hashBody(r, body)
	if err != nil {
		return Signer{}, err
	}
	if !v.AnyKey {
		if err := v.checkSignature(ctx, r, a, bodyHash); err != nil {
			return Signer{}, err
		}
	}
	return Signer{AccessKeyID: a.accessKeyID, Region: a.region}, nil
}

// KnowsKey reports whether the access key that r names exists, before anything of
// its signature is checked. An error says that nobody can tell.
func (v *Verifier) KnowsKey(ctx context.Context, r *Request) (bool, error) {
	a, err := parse(r)
	if err != nil {
		return false, nil
	}
	if v.AnyKey {
		return true, nil
	}
	_, err = v.Secret(ctx, a.accessKeyID)
	if fault.KindOf(err) == fault.NotFound {
		return false, nil
	}
	return err == nil, err
}

// checkScope compares the scope with the service and the region of v.
func (v *Verifier) checkScope(a *authorization) error {
	switch {
	case a.terminator != terminator:
		return ErrInvalidSignature.Saying("Credential should be scoped with a valid terminator: '%s', not '%s'.", terminator, a.terminator)
	case a.service != v.Service:
		return ErrInvalidSignature.Saying("Credential should be scoped to correct service: '%s'. ", v.Service)
	case v.Region != "" && a.region != v.Region, !isRegion(a.region):
		return ErrInvalidSignature.Saying("Credential should be scoped to a valid region, not '%s'. ", a.region)
	case a.day != a.date[:len("20060102")]:
		return ErrInvalidSignature.Saying("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s', from '%s'.",
			a.day, a.date[:len("20060102")], a.date)
	}
	return nil
}

// isRegion reports whether s can be part of ids and host names. If v.Region is
// "", the region is compared with nothing else.
func isRegion(s string) bool {
	return len(s) > 0 && len(s) <= 32 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// checkDate limits for how long a signed request can be replayed.
func (v *Verifier) checkDate(a *authorization) error {
	now, skew := time.Now, v.Skew
	if v.Now != nil {
		now = v.Now
	}
	if skew == 0 {
		skew = defaultSkew
	}
	at := now().UTC()
	earliest, latest := at.Add(-skew), at.Add(skew)
	switch {
	case a.time.Before(earliest):
		return ErrInvalidSignature.Saying("Signature expired: %s is now earlier than %s (%s - %d min.)",
			a.date, earliest.Format(isoBasic), at.Format(isoBasic), int(skew.Minutes()))
	case a.time.After(latest):
		return ErrInvalidSignature.Saying("Signature not yet current: %s is still later than %s (%s + %d min.)",
			a.date, latest.Format(isoBasic), at.Format(isoBasic), int(skew.Minutes()))
	}
	return nil
}

// meaningful are the headers that change what a request does. If a request has
// one, it must be signed.
var meaningful = []string{"x-amz-content-sha256", "x-amz-date", "x-amz-security-token", "x-amz-target"}

func checkSignedHeaders(r *Request, a *authorization) error {
	if !slices.Contains(a.signedHeaders, "host") {
		return ErrInvalidSignature.Saying("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	for _, name := range meaningful {
		if len(r.Header[canonicalName(name)]) > 0 && !slices.Contains(a.signedHeaders, name) {
			return ErrInvalidSignature.Saying("'%s' must be a 'SignedHeader' in the AWS Authorization.", name)
		}
	}
	return nil
}

// hashBody returns the hash of the body. If a header has a hash too, it must be
// the same. UNSIGNED-PAYLOAD is never the same.
func hashBody(r *Request, body []byte) (string, error) {
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	for _, named := range r.Header.Values("X-Amz-Content-Sha256") {
		if named != hash {
			return "", ErrInvalidSignature.Saying("The provided 'x-amz-content-sha256' header does not match what was computed.")
		}
	}
	return hash, nil
}

// checkSignature finds the secret of the key and compares the signatures. For an
// unknown key it does the same work, so that the time does not tell.
func (v *Verifier) checkSignature(ctx context.Context, r *Request, a *authorization, bodyHash string) error {
	if r.Header.Get("X-Amz-Security-Token") != "" {
		return ErrUnrecognizedClient // we issue no temporary credentials
	}
	secret, err := v.Secret(ctx, a.accessKeyID)
	unknown := fault.KindOf(err) == fault.NotFound
	if err != nil && !unknown {
		return err
	}
	want := a.sign(v.keys.of(secret, a.scope), canonicalRequest(r, a.signedHeaders, bodyHash))
	ok := hmac.Equal([]byte(want), []byte(a.signature))
	switch {
	case unknown:
		return ErrUnrecognizedClient.Because(err)
	case !ok:
		return ErrInvalidSignature
	}
	return nil
}

// sign returns the signature that the owner of a signing key makes.
func (a *authorization) sign(key seal.Secret, canonical []byte) string {
	hash := sha256.Sum256(canonical)
	toSign := algorithm + "\n" + a.date + "\n" +
		a.day + "/" + a.region + "/" + a.service + "/" + terminator + "\n" + hex.EncodeToString(hash[:])
	return hex.EncodeToString(mac([]byte(key.Reveal()), toSign))
}
