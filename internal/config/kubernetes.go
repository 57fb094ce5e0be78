package config

import (
	"strings"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/settings"
)

// Kubernetes says how a route leads to the API server of a Kubernetes cluster.
type Kubernetes struct {
	// The token of a service account that may impersonate users and groups. Every
	// request goes to the API server with this token and in the name of the
	// signed-in person (`Impersonate-User`: the e-mail address, or the user id
	// without one) and of the person's groups (`Impersonate-Group`). A client's own
	// headers of this kind are removed, and nobody passes without signing in. Such a
	// route lets websockets and SPDY through and has no `timeout` by default.
	KubernetesServiceAccountToken seal.Secret `key:"kubernetes_service_account_token"`

	// The path of a file with that token. A new token in it is used within seconds.
	// Not together with `kubernetes_service_account_token`.
	KubernetesServiceAccountTokenFile string `key:"kubernetes_service_account_token_file"`
}

// ForKubernetes reports whether the route leads to an API server, with a token that
// may not have been read.
func (k *Kubernetes) ForKubernetes() bool {
	return k.KubernetesServiceAccountToken != "" || k.KubernetesServiceAccountTokenFile != ""
}

// resolveKubernetes reads the file of the token, for all but a command that asks the
// rules alone. Pomerium: both keys at once are a mistake.
func (c *Config) resolveKubernetes(doc *settings.Document, r *Route) {
	key := r.Key + ".kubernetes_service_account_token_file"
	switch {
	case r.KubernetesServiceAccountToken != "" && r.KubernetesServiceAccountTokenFile != "":
		doc.FailOnce(key, "cannot be used together with kubernetes_service_account_token", "", "remove one of the two")
	case !c.rulesAlone:
		c.resolveSecret(doc, key, r.KubernetesServiceAccountTokenFile, &r.KubernetesServiceAccountToken)
	}
}

// checkKubernetes refuses what would make the token anybody's, or useless.
func (k *checker) checkKubernetes(r *Route) {
	if !r.ForKubernetes() {
		return
	}
	key := r.Key + ".kubernetes_service_account_token"
	if strings.ContainsFunc(r.KubernetesServiceAccountToken.Reveal(), func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
		k.fail(key, "the token", "a token without spaces and line breaks", "copy it from the service account as it is")
	}
	if r.AllowPublicUnauthenticatedAccess {
		k.fail(r.Key+".allow_public_unauthenticated_access", "cannot be used together with kubernetes_service_account_token", "", "write allow_any_authenticated_user, or leave the token out")
	}
	if len(r.To) == 0 {
		k.missing(r.Key+".to", "write the URL of the API server")
	}
}
