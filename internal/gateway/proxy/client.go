package proxy

import "net/http"

// preflight reports whether r is a CORS preflight (Fetch §3.2.2).
func preflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != ""
}
