package policy

// invalidClientCertificate is true if the client sent no certificate, or one that
// was not verified. It is meant for deny.
var invalidClientCertificate = kind{
	name:  "invalid_client_certificate",
	class: ofCertificate,
	parse: parseInvalidCertificate,
}

type invalidCertificateCondition struct{ fixed }

func parseInvalidCertificate(*parser, string, string, any) condition {
	return invalidCertificateCondition{fixed{
		test:    func(r *Request) bool { return r.Certificate == nil || !r.CertificateValid },
		must:    "your client certificate must be missing or invalid",
		mustNot: "you must present a valid client certificate",
		says:    "the client certificate is missing or invalid",
	}}
}

func (invalidCertificateCondition) reason(r *Request, ok bool) Reasons {
	switch {
	case !ok:
		return ReasonValidClientCertificate
	case r.Certificate == nil:
		return ReasonClientCertificateRequired
	}
	return ReasonInvalidClientCertificate
}
