package sigv4

import (
	"slices"
	"strings"
	"time"
)

// authorization is the content of the Authorization header and of the date.
type authorization struct {
	accessKeyID string
	scope
	terminator    string
	signedHeaders []string
	signature     string // 64 hex digits

	date string // ISO 8601 basic
	time time.Time
}

// parse reads the headers. It refuses what could be read in two ways.
func parse(r *Request) (*authorization, error) {
	headers := r.Header.Values("Authorization")
	if len(headers) == 0 {
		return nil, ErrMissingToken
	}
	rest, ok := strings.CutPrefix(headers[0], algorithm)
	if !ok {
		return nil, ErrMissingToken // another scheme, such as Bearer
	}
	if len(headers) > 1 || rest != "" && rest[0] != ' ' {
		return nil, ErrIncompleteSignature
	}
	parts, err := keyValues(rest, headers[0])
	if err != nil {
		return nil, err
	}
	date, err := dateOf(r)
	if err != nil {
		return nil, err
	}
	if err := missing(parts, date, headers[0]); err != nil {
		return nil, err
	}
	a := &authorization{signature: parts["Signature"], date: date}
	if a.time, err = time.Parse(isoBasic, date); err != nil {
		return nil, ErrIncompleteSignature.Because(err)
	}
	if err := a.readCredential(parts["Credential"]); err != nil {
		return nil, err
	}
	return a, a.readSignedHeaders(parts["SignedHeaders"])
}

// keyValues splits "A=1, B=2".
func keyValues(rest, header string) (map[string]string, error) {
	parts := map[string]string{}
	if strings.TrimSpace(rest) == "" {
		return parts, nil
	}
	for part := range strings.SplitSeq(rest, ",") {
		part = strings.TrimSpace(part)
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			return nil, ErrIncompleteSignature.Saying("'%s' not a valid key=value pair (missing equal-sign) in Authorization header: '%s'.", masked(part), masked(header))
		}
		if _, twice := parts[name]; twice || !slices.Contains([]string{"Credential", "SignedHeaders", "Signature"}, name) {
			return nil, ErrIncompleteSignature
		}
		parts[name] = value
	}
	return parts, nil
}

// missing returns an error that lists the missing parts, as AWS does, or nil.
func missing(parts map[string]string, date, header string) error {
	var faults []string
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if parts[name] == "" {
			faults = append(faults, "Authorization header requires '"+name+"' parameter.")
		}
	}
	if date == "" {
		faults = append(faults, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	}
	if len(faults) == 0 {
		return nil
	}
	return ErrIncompleteSignature.Saying("%s Authorization=%s", strings.Join(faults, " "), masked(header))
}

// masked returns the header without the signature. Whoever read the signature in
// a log could replay the request.
func masked(header string) string {
	at := strings.Index(header, "Signature=")
	if at < 0 {
		return header
	}
	at += len("Signature=")
	end := strings.IndexAny(header[at:], ", ")
	if end < 0 {
		return header[:at] + "..."
	}
	return header[:at] + "..." + header[at+end:]
}

// httpDates are the forms of the Date header. RFC 9110 §5.6.7.
var httpDates = []string{"Mon, 02 Jan 2006 15:04:05 GMT", time.RFC850, time.ANSIC}

// dateOf returns the signed date in the basic form of ISO 8601, or "".
func dateOf(r *Request) (string, error) {
	if dates := r.Header.Values("X-Amz-Date"); len(dates) > 0 {
		if _, err := time.Parse(isoBasic, dates[0]); err != nil || len(dates) > 1 {
			return "", ErrIncompleteSignature.Saying("Date must be in ISO-8601 'basic format'. Got '%s'.", strings.Join(dates, ", "))
		}
		return dates[0], nil
	}
	date := r.Header.Get("Date")
	for _, layout := range httpDates {
		if t, err := time.Parse(layout, date); err == nil {
			return t.UTC().Format(isoBasic), nil
		}
	}
	if _, err := time.Parse(isoBasic, date); err == nil || date == "" {
		return date, nil
	}
	return "", ErrIncompleteSignature.Saying("Date must be in ISO-8601 'basic format'. Got '%s'.", date)
}

// readCredential splits id/day/region/service/terminator.
func (a *authorization) readCredential(credential string) error {
	parts := strings.Split(credential, "/")
	if len(parts) != 5 {
		return ErrIncompleteSignature.Saying("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '%s'", credential)
	}
	a.accessKeyID, a.day, a.region, a.service, a.terminator = parts[0], parts[1], parts[2], parts[3], parts[4]
	if !isKeyID(a.accessKeyID) {
		return ErrUnrecognizedClient
	}
	return nil
}

// isKeyID reports whether s may be the id of a key, so that nothing else is
// looked up or logged.
func isKeyID(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-' {
			continue
		}
		return false
	}
	return len(s) > 0 && len(s) <= 128
}

// readSignedHeaders splits the list. Its names must be in lower case, sorted, and
// different.
func (a *authorization) readSignedHeaders(list string) error {
	names := strings.Split(list, ";")
	for i, name := range names {
		if name == "" || name != strings.ToLower(name) || i > 0 && name <= names[i-1] {
			return ErrInvalidSignature
		}
	}
	a.signedHeaders = names
	return nil
}
