package proxy

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/device"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/identity"
	"gatehouse/internal/passkey"
)

// Pomerium's parameters of the page of devices, and ours.
const (
	ParamDeviceType = "pomerium_device_type"
	ParamEnrollment = "pomerium_enrollment_token"
	paramNewDevice  = "gatehouse_new_device" // ours: "true": the person wants to enrol another one
)

// The fields of the forms of devices, beside those of package passkey.
const (
	fieldState  = "state"
	fieldDevice = "device"
)

// deviceVisit is a person at the page of devices.
type deviceVisit struct {
	session *session.Session // nil: nobody is signed in
	kind    string           // of the device
	link    string           // an administrator's token; "": there is none
	another bool             // a new device is wanted, though there is one
	wanted  *url.URL         // where the person goes on; of a route's host, or an own page
}

// deviceVisit reads who comes to the page of devices, and from where. The address that
// is gone on to is one of ours, whoever made the link.
func (p *pomerium) deviceVisit(r *http.Request) (*deviceVisit, error) {
	q := r.URL.Query()
	v := &deviceVisit{kind: q.Get(ParamDeviceType), link: q.Get(ParamEnrollment), another: q.Get(paramNewDevice) == "true"}
	if v.kind == "" {
		v.kind = policy.DeviceAny
	}
	if !slices.Contains(policy.DeviceTypes, v.kind) {
		return nil, authenticate.ErrTarget
	}
	var err error
	if v.wanted, err = p.afterDevice(q.Get(paramRedirect)); err != nil {
		return nil, err
	}
	v.session, err = p.sessionAt(r, p.host)
	return v, err
}

// afterDevice returns where a person goes on after the page of devices.
func (p *pomerium) afterDevice(text string) (*url.URL, error) {
	if text == "" || text == p.base+pathIdentity {
		return url.Parse(p.base + pathIdentity)
	}
	u, err := url.Parse(text)
	if err != nil || !p.ours(u) || leadsInside(u) {
		return nil, authenticate.ErrTarget
	}
	return u, nil
}

// query returns the parameters of the page.
func (v *deviceVisit) query(another bool) url.Values {
	q := url.Values{ParamDeviceType: {v.kind}, paramRedirect: {v.wanted.String()}}
	if v.link != "" {
		q.Set(ParamEnrollment, v.link)
	}
	if another {
		q.Set(paramNewDevice, "true")
	}
	return q
}

// devicePage shows a person how to prove or to enrol a device. Who has proven one of the
// type goes on at once.
func (p *pomerium) devicePage(w http.ResponseWriter, r *http.Request) error {
	v, err := p.deviceVisit(r)
	if err != nil {
		return err
	}
	if v.session == nil {
		return p.answers.page(w, http.StatusOK, devicePage{frame: p.frameOf(r, nil, PathDevice+"?"+v.query(v.another).Encode())}.doc())
	}
	if v.link == "" && !v.another {
		s, err := p.devices.Again(r.Context(), v.session)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(s.Devices, func(d identity.Device) bool { return d.Type == v.kind }) {
			redirect(w, v.wanted.String(), http.StatusFound)
			return nil
		}
	}
	return p.offerDevice(w, r, v, nil)
}

// offerDevice shows the page. failed is why the last try did not succeed; nil: it is the
// first.
func (p *pomerium) offerDevice(w http.ResponseWriter, r *http.Request, v *deviceVisit, failed error) error {
	shown := devicePage{frame: p.frameOf(r, v.session, PathDevice), visit: v, failure: failed, another: p.deviceLink(v.query(true))}
	offer, err := p.devices.Offer(r.Context(), v.session, v.kind)
	if err != nil && !errors.Is(err, device.ErrPerson) {
		return err
	}
	if err != nil {
		shown.failure, offer = err, &device.Offer{}
	}
	shown.offer = offer
	status := http.StatusOK
	if shown.failure != nil {
		status = answerOf(shown.failure).status
	}
	return p.answers.page(w, status, shown.doc())
}

// deviceForm takes what the browser answered.
func (p *pomerium) deviceForm(w http.ResponseWriter, r *http.Request) error {
	v, err := p.deviceVisit(r)
	if err != nil {
		return err
	}
	if v.session == nil {
		redirect(w, p.deviceLink(v.query(v.another)), http.StatusSeeOther)
		return nil
	}
	if err := p.csrf.check(r, v.session.ID); err != nil {
		return err
	}
	proved, err := p.takeDevice(r, v)
	if kind := fault.KindOf(err); err != nil && kind != fault.Internal && kind != fault.Unavailable && !errors.Is(err, session.ErrNotFound) {
		web.NoteError(r.Context(), err)
		return p.offerDevice(w, r, v, err)
	}
	if err != nil {
		return err
	}
	web.Note(r.Context(), slog.String("user", v.session.Identity.UserID), slog.String("device", proved.ID))
	redirect(w, v.wanted.String(), http.StatusSeeOther)
	return nil
}

// errNoDevice says that the browser had no answer.
var errNoDevice = fault.New(fault.Denied, "device_unused", "No device was used. Try again. Your browser must allow JavaScript for this page.")

func (p *pomerium) takeDevice(r *http.Request, v *deviceVisit) (*device.Device, error) {
	a := device.Answer{
		State: r.PostForm.Get(fieldState), Credential: r.PostForm.Get(passkey.FieldCredential), Link: v.link, About: v.session.Client.Device,
	}
	switch {
	case a.Credential == "" && r.PostForm.Get(passkey.FieldFailure) == "InvalidStateError": // WebAuthn §5.1.3
		return nil, device.ErrTaken
	case a.Credential == "":
		return nil, errNoDevice
	case v.enrols(), r.PostForm.Get(fieldDevice) == "new":
		return p.devices.Enrol(r.Context(), v.session, a)
	}
	return p.devices.Prove(r.Context(), v.session, a)
}

// enrols reports whether the person comes to enrol a device, not to prove one.
func (v *deviceVisit) enrols() bool { return v.another || v.link != "" }

// removeDevice takes the form that removes a device of the person. What was opened with
// it ends, this session too.
func (p *pomerium) removeDevice(w http.ResponseWriter, r *http.Request) error {
	here, err := p.sessionAt(r, p.host)
	if err != nil {
		return err
	}
	if here == nil {
		redirect(w, pathIdentity, http.StatusSeeOther)
		return nil
	}
	if err := p.csrf.check(r, here.ID); err != nil {
		return err
	}
	id := r.PostForm.Get(fieldDevice)
	n, err := p.devices.RemoveOwn(r.Context(), here, id)
	if err != nil && !errors.Is(err, device.ErrNotFound) { // somebody else's is treated as one that is gone
		return err
	}
	web.Note(r.Context(), slog.String("user", here.Identity.UserID), slog.Int("ended_sessions", n))
	redirect(w, pathIdentity+"#devices", http.StatusSeeOther)
	return nil
}
