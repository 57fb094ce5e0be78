package server

import (
	"slices"

	"gatehouse/internal/config"
	"gatehouse/internal/gateway/proxy"
)

// setKubernetes makes a route lead to an API server of Kubernetes. Pomerium: such a
// route lets websockets and SPDY through, for kubectl exec, attach and port-forward.
func setKubernetes(out *proxy.Route, r *config.Route) {
	if !r.ForKubernetes() {
		return
	}
	out.Kubernetes = &proxy.Kubernetes{Token: r.KubernetesServiceAccountToken}
	for _, protocol := range []string{"websocket", "spdy/3.1"} {
		if !slices.Contains(out.Upgrades, protocol) {
			out.Upgrades = append(out.Upgrades, protocol)
		}
	}
	out.Origins = r.AllowedWebsocketOrigins
}
