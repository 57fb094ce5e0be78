package page

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
)

// styleSource allows the style sheet.
var styleSource = hashSource(style)

// SetHeaders sets the headers of the page d: its type, what it may load, and
// that no cache may keep it and no other page may frame it.
func SetHeaders(h http.Header, d Doc) {
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", Policy(d))
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	// With no-referrer a browser sends "Origin: null" with a form, and the check
	// of the form's origin would refuse our own form (Fetch, "append a request
	// Origin header"). With same-origin, other origins learn nothing either.
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
}

// Policy returns the Content-Security-Policy of the page d. It allows the page's
// own style sheet, script and icon, and the pictures of its tiles.
func Policy(d Doc) string {
	p := "default-src 'none'; style-src " + styleSource + "; img-src 'self' data:" + pictureSources(d.Body)
	if d.Script != "" {
		p += "; script-src " + hashSource(d.Script) + "; connect-src 'self'"
	}
	if !d.Leaves {
		p += "; form-action 'self'"
	}
	return p + "; frame-ancestors 'none'; base-uri 'none'"
}

// hashSource allows an inline element with exactly this text. CSP 3 §2.3.1.
func hashSource(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
