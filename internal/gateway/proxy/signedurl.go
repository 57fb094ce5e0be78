package proxy

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strconv"
	"time"

	"gatehouse/internal/base/fault"
)

// Pomerium's query parameters.
const (
	paramRedirect  = "pomerium_redirect_uri"
	paramCallback  = "pomerium_callback_uri"
	paramProvider  = "pomerium_idp_id"
	paramTicket    = "pomerium_session_encrypted"
	paramSession   = "pomerium_session"
	paramProgram   = "pomerium_programmatic"
	paramJWT       = "pomerium_jwt"
	paramHosts     = "pomerium_additional_hosts"
	paramIssued    = "pomerium_issued"
	paramExpiry    = "pomerium_expiry"
	paramSignature = "pomerium_signature"
	paramBrowser   = "gatehouse_browser"         // ours: the hash of the browser's secret
	paramAnother   = "gatehouse_another_account" // ours: "true" asks the provider for another account
	paramMaxAge    = "gatehouse_max_age"         // ours: how many seconds ago the person may have proved who they are
	paramAnew      = "gatehouse_anew"            // ours: "true": it was longer ago
)

// linkLife is how long a signed link is valid, and linkLeeway how much the clocks
// of nodes may differ (Pomerium: 5 minutes, 1 minute).
const (
	linkLife   = 5 * time.Minute
	linkLeeway = time.Minute
)

// ErrLink refuses a link that we did not sign, or that is too old.
var ErrLink = fault.New(fault.Invalid, "link_not_valid", "This link was changed, is too old, or was not made here. Go back to the application and open it again.")

// links signs and checks URLs of our own hosts.
type links struct{ key []byte }

func newLinks(sharedSecret []byte) (*links, error) {
	key, err := hkdf.Key(sha256.New, sharedSecret, nil, "gatehouse signed link", 32)
	return &links{key: key}, err
}

// sign returns base with q, times and a signature over all of it.
func (l *links) sign(base string, q url.Values, now time.Time) string {
	q.Set(paramIssued, strconv.FormatInt(now.Unix(), 10))
	q.Set(paramExpiry, strconv.FormatInt(now.Add(linkLife).Unix(), 10))
	q.Del(paramSignature)
	q.Set(paramSignature, base64.RawURLEncoding.EncodeToString(l.mac(base, q)))
	return base + "?" + q.Encode()
}

// check returns the parameters of a link to base, if we signed it a short while
// ago. Otherwise it returns ErrLink.
func (l *links) check(base, rawQuery string, now time.Time) (url.Values, error) {
	q, err := url.ParseQuery(rawQuery)
	if err != nil {
		return nil, ErrLink.Because(err)
	}
	signature, err := base64.RawURLEncoding.Strict().DecodeString(q.Get(paramSignature))
	if err != nil || len(q[paramSignature]) != 1 {
		return nil, ErrLink
	}
	q.Del(paramSignature)
	if !hmac.Equal(signature, l.mac(base, q)) {
		return nil, ErrLink
	}
	issued, err1 := strconv.ParseInt(q.Get(paramIssued), 10, 64)
	expiry, err2 := strconv.ParseInt(q.Get(paramExpiry), 10, 64)
	if err1 != nil || err2 != nil || now.Add(linkLeeway).Before(time.Unix(issued, 0)) || now.Add(-linkLeeway).After(time.Unix(expiry, 0)) {
		return nil, ErrLink
	}
	return q, nil
}

// signed reports whether a query has a signature, valid or not.
func signed(q url.Values) bool { return q.Has(paramSignature) }

// mac covers the whole URL. Encode sorts the parameters, so their order does not
// matter.
func (l *links) mac(base string, q url.Values) []byte {
	m := hmac.New(sha256.New, l.key)
	m.Write([]byte(base + "?" + q.Encode()))
	return m.Sum(nil)
}
