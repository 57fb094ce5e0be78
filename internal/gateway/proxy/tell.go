package proxy

import (
	"net/http"
	"net/textproto"
	"slices"
	"strings"

	"gatehouse/internal/gateway/upstream"
)

// tell answers another proxy that a request may pass, with the headers that the
// application is to get.
func (f *forwarder) tell(w http.ResponseWriter, r *http.Request, x *exchange) error {
	if r.Header.Get("Sec-Websocket-Key") != "" { // the other proxy keeps these two to itself
		r.Header["Connection"], r.Header["Upgrade"] = []string{"Upgrade"}, []string{"websocket"}
	}
	if err := f.checkUpgrade(r, x); err != nil {
		return err
	}
	if err := f.identify(r, x); err != nil {
		return err
	}
	x.asked.allow(f.toldOf(r, x))
	w.WriteHeader(http.StatusOK)
	return nil
}

// toldOf returns which headers of the application's request are set, and which are
// removed. Each header of the route is in one of the two, so that a client's own of that
// name never arrives.
func (f *forwarder) toldOf(r *http.Request, x *exchange) (set http.Header, remove []string) {
	var lines upstream.Lines
	f.writePassing(&lines, r.Header, f.own, x.route)
	f.setIdentity(&lines, x)
	for _, name := range x.route.remove {
		lines.Remove(name)
	}
	out := lines.Header()
	set = http.Header{}
	for _, name := range f.tellable(r, x, out) {
		if values := out[name]; len(values) > 0 {
			set[name] = values
		} else {
			remove = append(remove, name)
		}
	}
	return set, remove
}

// tellable returns the names of the headers that differ between the client's request and
// the application's, and of those that the route always has.
func (f *forwarder) tellable(r *http.Request, x *exchange, out http.Header) []string {
	names := slices.Concat(f.identityNames, x.route.setNames(), x.route.remove)
	for name := range r.Header {
		if !slices.Equal(r.Header[name], out[name]) {
			names = append(names, name)
		}
	}
	for name := range x.added {
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), ofConnection)
}

// ofConnection reports whether a header is about a connection or a body, and so not the
// same for two requests.
func ofConnection(name string) bool {
	switch name {
	case "Connection", "Content-Length", "Host", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade":
		return true
	}
	return strings.HasPrefix(name, "Proxy-")
}

// identityNames returns the names of the headers that may say who a person is.
func identityNames(claimHeaders map[string]string, front Front) []string {
	names := []string{headerAssertion}
	for _, name := range sortedKeys(claimHeaders) {
		names = append(names, textproto.CanonicalMIMEHeaderKey(name))
	}
	if front != nil {
		names = append(names, front.HeaderNames()...)
	}
	return names
}

// allow keeps what the application is told. By HTTP, a header to be removed is an empty
// one: the other proxy takes the headers that it names, and would leave a client's own in
// place of one that is not there.
func (a *inquiry) allow(set http.Header, remove []string) {
	a.allowed, a.set, a.remove = true, set, remove
	if a.by == envoyGRPC {
		return
	}
	h := a.Header()
	h.Set("Cache-Control", "no-store")
	for _, name := range remove {
		h[name] = []string{""}
	}
	for name, values := range set {
		h[name] = values
	}
	if a.by == envoy && len(remove) > 0 {
		h.Set("X-Envoy-Auth-Headers-To-Remove", strings.ToLower(strings.Join(remove, ",")))
	}
}
