package function

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"unicode"
)

// maxMessage is how much of a function's error message callers get.
const maxMessage = 2048

// readAnswer reads a body of at most MaxAnswer bytes.
func readAnswer(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, MaxAnswer+1))
	switch {
	case err != nil:
		return nil, ErrFailed.Because(err)
	case len(body) > MaxAnswer:
		return nil, ErrFailed.Saying("ResponseSizeTooLarge")
	}
	return body, nil
}

// post sends a request and returns the status and the body of its answer.
func post(client *http.Client, r *http.Request) (*http.Response, []byte, error) {
	answer, err := client.Do(r)
	if err != nil {
		return nil, nil, ErrFailed.Because(err)
	}
	defer answer.Body.Close()
	body, err := readAnswer(answer.Body)
	return answer, body, err
}

// thrown returns the error in the body of a function that failed, or nil if the
// body has no error message.
func thrown(body []byte) error {
	var e struct {
		Message *string `json:"errorMessage"`
		Type    string  `json:"errorType"`
	}
	if json.Unmarshal(body, &e) != nil || e.Message == nil && e.Type == "" {
		return nil
	}
	if e.Message == nil {
		return ErrThrown.Saying("%s", readable(e.Type))
	}
	return ErrThrown.Saying("%s", readable(*e.Message))
}

// readable returns a message without control characters except line breaks, and
// not longer than maxMessage.
func readable(message string) string {
	message = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return -1
		}
		return r
	}, message)
	return strings.ToValidUTF8(message[:min(len(message), maxMessage)], "")
}
