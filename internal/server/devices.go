package server

import (
	"context"
	"net/url"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/config"
	"gatehouse/internal/gateway/device"
	"gatehouse/internal/gateway/proxy"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/passkey"
	"gatehouse/internal/store"
)

// gatewayDevices returns the engine of the devices that people enrol at the authenticate host,
// or nil if there is no such host.
func gatewayDevices(c *config.Config, cfg device.Config, cookieSecret []byte) (*device.Engine, error) {
	at := authenticateURL(c)
	if at == proxy.NoSignIn {
		return nil, nil
	}
	box, err := seal.NewBox(cookieSecret, "gateway devices")
	if err != nil {
		return nil, err
	}
	cfg.Box, cfg.Party = box, passkey.At(at)
	return device.New(cfg), nil
}

// DeviceLink returns the address at which a person enrols a device by a token of
// [device.Engine.Link].
func DeviceLink(c *config.Config, kind, token string) string {
	at := *authenticateURL(c)
	at.Path, at.RawQuery = proxy.PathDevice, url.Values{proxy.ParamDeviceType: {kind}, proxy.ParamEnrollment: {token}}.Encode()
	return at.String()
}

// OpenDevices opens the devices of an installation alone, for the command line. Running
// nodes follow what it changes. It returns a nil engine if nobody can sign in. done
// closes the store.
func OpenDevices(ctx context.Context, c *config.Config, p Patience) (devices *device.Engine, done func(), err error) {
	st, sealer, err := openUsed(ctx, c, store.Options{Issuer: issuerOf(c)}, p)
	if err != nil {
		return nil, nil, err
	}
	var sessions *session.Manager
	if sessions, err = sessionsIn(c, st, sealer); err != nil {
		st.Close()
		return nil, nil, err
	}
	done = func() { sessions.Close(); st.Close() }
	if devices, err = gatewayDevices(c, device.Config{Store: st, Sessions: sessions}, secretsOf(c, sealer).cookie); err != nil {
		done()
		return nil, nil, err
	}
	return devices, done, nil
}
