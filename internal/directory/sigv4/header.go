package sigv4

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// authorization is what the Authorization header and the date's say.
type authorization struct {
	accessKeyID   string
	day           string // yyyymmdd, as in the scope
	region        string
	service       string
	terminator    string
	signedHeaders []string
	signature     string // 64 hex digits

	date string // ISO 8601 basic
	time time.Time
}

// parse reads the headers, strictly: what has two readings is refused.
func parse(r *http.Request) (*authorization, error) {
	headers := r.Header.Values("Authorization")
	if len(headers) == 0 {
		return nil, ErrMissingToken
	}
	rest, ok := strings.CutPrefix(headers[0], algorithm)
	if !ok {
		return nil, ErrMissingToken // another scheme, which is no signature
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

// missing lists the parts that are not there, as AWS does.
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

// masked hides a signature from the log: whoever reads it there could send the
// request again.
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

// dateOf returns the date that was signed in its basic form, or "".
func dateOf(r *http.Request) (string, error) {
	if dates := r.Header.Values("X-Amz-Date"); len(dates) > 0 {
		if _, err := time.Parse(isoBasic, dates[0]); err != nil || len(dates) > 1 {
			return "", ErrIncompleteSignature.Saying("Date must be in ISO-8601 'basic format'. Got '%s'.", strings.Join(dates, ", "))
		}
		return dates[0], nil
	}
	date := r.Header.Get("Date")
	if t, err := http.ParseTime(date); err == nil {
		return t.UTC().Format(isoBasic), nil
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

// isKeyID keeps what is looked up and logged to what a key's id may look like.
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

// readSignedHeaders splits the list, which is lower-case and sorted, each name
// once.
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
