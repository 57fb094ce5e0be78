package proxy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/internal/base/web"
)

// wellKnown answers with Pomerium's discovery document of a host.
func (p *pomerium) wellKnown(w http.ResponseWriter, r *http.Request) error {
	host, base := web.Host(r), p.base
	if host != p.host {
		base = p.scheme(host) + "://" + p.publicHost(r, host)
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	return writeJSON(w, http.StatusOK, map[string]string{
		"issuer":                           base + "/",
		"authentication_callback_endpoint": p.base + callbackPath,
		"jwks_uri":                         base + pathKeys,
		"frontchannel_logout_uri":          p.base + pathSignOut,
	})
}

// jwks publishes the keys of assertions. Pomerium: one minute, with an ETag.
func (p *pomerium) jwks(w http.ResponseWriter, r *http.Request) error {
	set := jose.JSONWebKeySet{}
	for _, s := range p.signers {
		set.Keys = append(set.Keys, s.public)
	}
	body, err := json.Marshal(set)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cache-Control", "max-age=60")
	h.Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
	if r.Header.Get("If-None-Match") == h.Get("ETag") {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return writeJSON(w, http.StatusOK, set)
}
