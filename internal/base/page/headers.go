package page

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
)

// styleSource allows the one style sheet.
var styleSource = hashSource(style)

// SetHeaders sets what a browser must know of the page d: its type, that no
// cache may keep it and no other page frame it, and what it may load.
func SetHeaders(h http.Header, d Doc) {
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", Policy(d))
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	// With no-referrer a browser sends "Origin: null" along with a form, and
	// the check of a form's origin would refuse our own (Fetch, "append a
	// request Origin header"). same-origin tells other origins nothing either.
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
}

// Policy returns the Content-Security-Policy of the page d: nothing may be
// loaded but the page's own style, script and icon.
func Policy(d Doc) string {
	p := "default-src 'none'; style-src " + styleSource + "; img-src 'self' data:"
	if d.Script != "" {
		p += "; script-src " + hashSource(d.Script) + "; connect-src 'self'"
	}
	if !d.Leaves {
		p += "; form-action 'self'"
	}
	return p + "; frame-ancestors 'none'; base-uri 'none'"
}

// hashSource allows one inline element with exactly this text (CSP 3 §2.3.1).
func hashSource(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
