package proxy

import (
	"errors"
	"net/http"
	"net/url"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/identity"
)

// A policy may ask for a device that the person has enrolled. Who has not proven one in
// this session goes to the authenticate host, whose origin no application shares, proves
// or enrols one there, and comes back:
//
//	route ─ prove-device ─▶ authenticate host: page ─▶ browser ─▶ device.Engine ─▶ session
//	  ▲                                                                              │
//	  └──────────────────────────────────────────────────────────────────────────────┘

// Pomerium's paths of devices, at the authenticate host, and ours for removing one.
const (
	PathDevice   = "/.pomerium/webauthn"
	pathEnrolled = "/.pomerium/device-enrolled"
	pathDevices  = "/.pomerium/devices"
)

// ErrDevice refuses a program whose session has proven no device.
var ErrDevice = fault.New(fault.Unauthenticated, "device_required", "This application needs a device that you have enrolled. Open it in your browser, and prove your device there.")

// aboutDevices are the reasons that another look at the session may change.
const aboutDevices = policy.ReasonDeviceUnauthenticated | policy.ReasonDeviceUnauthorized

// lookAgain decides anew with the devices that the session has by now: another node may
// have written one, and an administrator may have approved one. Only a refusal comes
// here; a device that is removed ends its sessions.
func (c *chain) lookAgain(r *http.Request, x *exchange, d policy.Decision) policy.Decision {
	if d.Outcome == policy.Allow || x.session == nil || c.pomerium.devices == nil || !(d.Allow.Reasons | d.Deny.Reasons).Has(aboutDevices) {
		return d
	}
	s, err := c.pomerium.devices.Again(r.Context(), x.session)
	switch {
	case errors.Is(err, session.ErrNotFound):
		x.session = nil
	case err != nil:
		web.NoteError(r.Context(), err)
		return d
	case s.Revision == x.session.Revision:
		return d
	default:
		x.session = s
	}
	return c.decide(r, x, c.now())
}

// sendToDevice sends a browser to prove a device. Sessions of programs and of another
// front can't: they are refused.
func (c *chain) sendToDevice(w http.ResponseWriter, r *http.Request, x *exchange, d policy.Decision) error {
	if c.pomerium.devices == nil || !c.pomeriums(x.session) {
		c.letRead(w, r, x)
		return c.deny(w, r, x, d)
	}
	if !mayRedirect(r) {
		return ErrDevice
	}
	c.letRead(w, r, x)
	wanted := authenticate.ComesBackTo(c.publicURL(r, x.host))
	if x.asked != nil {
		wanted = c.pageAsked(wanted)
	}
	redirect(w, c.pomerium.deviceLink(url.Values{ParamDeviceType: {d.DeviceType()}, paramRedirect: {wanted.String()}}), http.StatusFound)
	return nil
}

// pomeriums reports whether Pomerium's front made a session, for a person.
func (c *chain) pomeriums(s *session.Session) bool {
	if s.Proof != nil {
		return false
	}
	if c.front == nil {
		return true
	}
	_, theirs := c.front.Pages(s, "/")
	return !theirs
}

// deviceLink returns the address of the page of devices.
func (p *pomerium) deviceLink(q url.Values) string { return p.base + PathDevice + "?" + q.Encode() }

// mayOpenWithDevice decides as if the person had proven the device that a policy asks for
// first.
func (cr *compiledRoute) mayOpenWithDevice(q *policy.Request, d policy.Decision) bool {
	if d.Outcome != policy.ProveDevice {
		return false
	}
	q.Devices = append(q.Devices[:len(q.Devices):len(q.Devices)], identity.Device{Type: d.DeviceType(), Approved: true})
	return cr.Decide(q).Outcome == policy.Allow
}

// toDevices leads to the devices that the person has enrolled.
func (p *pomerium) toDevices(w http.ResponseWriter, _ *http.Request) error {
	redirect(w, p.base+pathIdentity+"#devices", http.StatusFound)
	return nil
}

// toDevice leads from a route's host to the page of devices, which is at the
// authenticate host.
func (p *pomerium) toDevice(w http.ResponseWriter, r *http.Request) error {
	q := url.Values{}
	for _, name := range []string{ParamDeviceType, ParamEnrollment, paramRedirect} {
		if v := r.URL.Query().Get(name); v != "" {
			q.Set(name, v)
		}
	}
	if !q.Has(paramRedirect) {
		front := p.publicURL(r, web.Host(r))
		front.Path, front.RawPath, front.RawQuery = "/", "", ""
		q.Set(paramRedirect, front.String())
	}
	redirect(w, p.deviceLink(q), http.StatusFound)
	return nil
}
