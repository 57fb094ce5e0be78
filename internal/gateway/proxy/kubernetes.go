package proxy

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/upstream"
	"gatehouse/internal/identity"
)

// Kubernetes says that the upstreams of a route are API servers of a Kubernetes
// cluster. They get requests in the name of the person (impersonation).
type Kubernetes struct {
	// Token is that of a service account that may impersonate users and groups.
	Token seal.Secret
}

// ErrImpersonation refuses a person in whose name no request can be sent. Without the
// headers of impersonation the request would have the rights of the service account.
var ErrImpersonation = fault.New(fault.Denied, "kubernetes_user", "Kubernetes can't be told who you are: neither your e-mail address nor your user id can be the name of a user there.")

// Kubernetes keeps names that begin so for itself and its own groups. system:masters
// may do everything.
const systemName = "system:"

const headersOfImpersonation = "Impersonate-"

// Decide asks the policy of the route. Nobody comes to an API server without a
// session, whatever the policy says: there would be no name to send.
func (r *Route) Decide(q *policy.Request) policy.Decision {
	d := r.Policy.Decide(q)
	if r.Kubernetes != nil && q.Identity == nil && d.Outcome == policy.Allow {
		d.Outcome = policy.SignIn
	}
	return d
}

// impersonable reports whether a name of an identity provider may be one of a user or
// a group in Kubernetes.
func impersonable(name string) bool {
	system := len(name) >= len(systemName) && strings.EqualFold(name[:len(systemName)], systemName)
	return name != "" && headerFits(name) && !system
}

// checkImpersonation refuses a request to an API server in nobody's name.
func (x *exchange) checkImpersonation() error {
	if x.route.Kubernetes == nil {
		return nil
	}
	_, err := x.impersonated()
	return err
}

// impersonated returns the name of the exchange's person in Kubernetes, or an error.
// Pomerium has the e-mail address alone, and lends the rights of the service account
// to whoever has none.
func (x *exchange) impersonated() (string, error) {
	if x.session == nil {
		return "", ErrSignIn
	}
	name := cmp.Or(x.session.Identity.Email, x.session.Identity.UserID)
	if !impersonable(name) {
		return "", ErrImpersonation.Because(fmt.Errorf("the name is %+q", name))
	}
	return name, nil
}

// impersonate sets the headers of impersonation, each group in a line of its own
// (Kubernetes, "User impersonation"). They come last: no other key of the route can
// take them away. The token goes with a name alone.
func (x *exchange) impersonate(r *http.Request, l *upstream.Lines) {
	for _, name := range []string{"Authorization", "Impersonate-User", "Impersonate-Group"} {
		l.Remove(name)
	}
	name, err := x.impersonated()
	if err != nil {
		return
	}
	l.Add("Authorization", "Bearer "+x.route.Kubernetes.Token.Reveal())
	l.Add("Impersonate-User", name)
	var leftOut []string
	for _, group := range x.route.groupsTold(&x.session.Identity) {
		if impersonable(group) {
			l.Add("Impersonate-Group", group)
		} else {
			leftOut = append(leftOut, strconv.QuoteToASCII(group))
		}
	}
	if leftOut != nil {
		web.Note(r.Context(), slog.String("impersonated_groups_left_out", strings.Join(leftOut, ",")))
	}
}

// groupsTold returns the groups of a person of which the upstreams of the route are
// told.
func (cr *compiledRoute) groupsTold(id *identity.Identity) []string {
	return cr.GroupsFilter.Of(id.Groups)
}

// statusReasons are the reasons of Kubernetes' API for the statuses that the gateway
// answers (k8s.io/apimachinery, metav1.StatusReason). kubectl explains some of them.
var statusReasons = map[int]string{
	http.StatusBadRequest: "BadRequest", http.StatusUnauthorized: "Unauthorized", http.StatusForbidden: "Forbidden",
	http.StatusNotFound: "NotFound", http.StatusMethodNotAllowed: "MethodNotAllowed", http.StatusTooManyRequests: "TooManyRequests",
	http.StatusInternalServerError: "InternalError", http.StatusServiceUnavailable: "ServiceUnavailable", http.StatusGatewayTimeout: "Timeout",
}

// kubernetesStatus is an error as the clients of Kubernetes read it.
func kubernetesStatus(status int, text string) map[string]any {
	return map[string]any{"kind": "Status", "apiVersion": "v1", "metadata": map[string]any{}, "status": "Failure", "message": text, "reason": statusReasons[status], "code": status}
}

// kubernetesClient reports whether the client speaks to Kubernetes: by its name, or
// because it asks for a form that nothing else has.
func kubernetesClient(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return strings.HasPrefix(r.UserAgent(), "kubectl/") || strings.Contains(accept, "application/vnd.kubernetes.") || strings.Contains(accept, "g=meta.k8s.io")
}
