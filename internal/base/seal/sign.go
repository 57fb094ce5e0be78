package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"gatehouse/internal/base/ids"
)

// SignatureHeader is the header of a request to a webhook that [Secret.Sign] fills.
const SignatureHeader = "Gatehouse-Signature"

// Sign returns the signature of a request that is sent now with the body. It has
// the time, an id that no other request has, and a MAC of both and of the body:
//
//	t=<seconds since 1970>,id=<UUID>,v1=<hex of HMAC-SHA256(secret, "<t>.<id>.<body>")>
//
// A receiver that refuses old times and ids that it has seen cannot be deceived by
// a request that is sent again.
func (s Secret) Sign(now time.Time, body []byte) string {
	t, id := strconv.FormatInt(now.Unix(), 10), ids.UUID()
	mac := hmac.New(sha256.New, []byte(s.Reveal()))
	mac.Write([]byte(t + "." + id + "."))
	mac.Write(body)
	return "t=" + t + ",id=" + id + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}
