package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

func httpClient(p *pki) *http.Client {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(p.caPEM)
	crt, err := tls.LoadX509KeyPair(p.path("admin.crt"), p.path("admin.key"))
	if err != nil {
		panic(err)
	}
	return &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true,
		TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{crt}}}}
}

func get(u string, p *pki) error {
	r, err := httpClient(p).Get(u)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if r.StatusCode != 200 {
		b, _ := io.ReadAll(io.LimitReader(r.Body, 2000))
		return fmt.Errorf("%s: %s %s", u, r.Status, strings.TrimSpace(string(b)))
	}
	return nil
}

func poll(ctx context.Context, limit time.Duration, failed chan error, try func() error) error {
	end := time.Now().Add(limit)
	for {
		err := try()
		if err == nil {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("not ready after %s: %w", limit, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case e := <-failed:
			return e
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func waitReady(ctx context.Context, server string, p *pki, limit time.Duration, failed chan error) error {
	return poll(ctx, limit, failed, func() error { return get(server+"/readyz", p) })
}
