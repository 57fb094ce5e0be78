package oauth

import "net/http"

// open lets scripts of every origin read the answer. That is safe because these
// endpoints read no cookie: a page gets no more than any other client.
// Cognito: CORS is "*" and can't be changed.
func open(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		h.ServeHTTP(w, r)
	})
}

// preflight answers the OPTIONS request that a browser sends before a request
// with additional headers. Amplify sends X-Amz-User-Agent.
func preflight(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, X-Amz-User-Agent")
	h.Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
}
