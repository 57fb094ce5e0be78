package oauth

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// writeJSON answers with v. It encodes v before it writes anything, so that a
// failure can still be answered.
func writeJSON(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	w.Write(body) // a client that went away can't be told
	return nil
}
