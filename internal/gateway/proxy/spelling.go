package proxy

import (
	"net/http"
	"net/textproto"
	"strings"

	"gatehouse/internal/gateway/upstream"
)

// registered are header names whose registered or customary spelling is not that
// of net/http. Names have no case (RFC 9110 §5.1), but there are old servers,
// devices and libraries that compare them with theirs.
const registered = `
	A-IM ALPN AMP-Cache-Transform C-PEP C-PEP-Info CalDAV-Timezones CDN-Cache-Control CDN-Loop Content-ID Content-MD5 DASL DAV DNT DPoP DPoP-Nonce DPR
	ECT EDIINT-Features ETag Expect-CT GetProfile HTTP2-Settings IM Include-Referred-Token-Binding-ID MIME-Version NEL OData-EntityId OData-Isolation OData-MaxVersion
	OData-Version OSCORE OSLC-Core-Version P3P PEP PICS-Label ProfileObject RTT
	Sec-CH-UA Sec-CH-UA-Arch Sec-CH-UA-Bitness Sec-CH-UA-Form-Factors Sec-CH-UA-Full-Version Sec-CH-UA-Full-Version-List Sec-CH-UA-Mobile Sec-CH-UA-Model Sec-CH-UA-Platform
	Sec-CH-UA-Platform-Version Sec-CH-UA-WoW64 Sec-CH-DPR Sec-GPC
	Sec-WebSocket-Accept Sec-WebSocket-Extensions Sec-WebSocket-Key Sec-WebSocket-Protocol Sec-WebSocket-Version
	SetProfile SLUG SOAPAction SourceMap Status-URI SubOK TCN TE TTL URI WWW-Authenticate X-CSRF-Token X-CSRFToken X-DNS-Prefetch-Control X-Real-IP X-UA-Compatible X-WebKit-CSP X-XSRF-TOKEN
	X-XSS-Protection`

// spellings are the names of headers as they are sent, by net/http's spelling. A
// name that is sent in that spelling is not in it.
type spellings struct {
	names map[string]string
	// lengths has, by their first letter, the bits of the lengths of the names.
	// Most headers of a message need no further look.
	lengths [128]uint64
}

// newSpellings returns the registered spellings, and over them those of the file.
func newSpellings(own []string) *spellings {
	s := &spellings{names: map[string]string{}}
	for _, name := range append(strings.Fields(registered), own...) {
		known := textproto.CanonicalMIMEHeaderKey(name)
		if delete(s.names, known); name != known {
			s.names[known] = name
		}
	}
	for known := range s.names {
		s.lengths[known[0]&0x7f] |= lengthBit(known)
	}
	return s
}

func lengthBit(name string) uint64 { return 1 << (len(name) & 63) }

// of returns the spelling of a name, "" if it is sent as it is.
func (s *spellings) of(known string) string {
	if known == "" || s.lengths[known[0]&0x7f]&lengthBit(known) == 0 {
		return ""
	}
	return s.names[known]
}

// rename gives the headers of a request their spelling.
func (s *spellings) rename(l *upstream.Lines) {
	for i := 0; i < len(*l); i++ {
		known, size := (*l)[i].Name, len(*l)
		if s.of(known) == "" {
			continue
		}
		if l.Rename(known, s.of(known)); len(*l) < size { // there was one of that name
			i = -1
		}
	}
}

// apply gives the headers of a message their spelling. HTTP/2 sends all names in
// small letters, whatever their spelling here.
func (s *spellings) apply(h http.Header) {
	var few [8]string // so many need no memory of their own
	others := few[:0]
	for known := range h {
		if s.of(known) != "" {
			others = append(others, known)
		}
	}
	for _, known := range others { // not before: what changes under an iteration makes it slow
		h[s.names[known]] = h[known]
		delete(h, known)
	}
}
