/**
 * Types of the API's parts that are not in the generated file yet: routes, health, limits of keys, retention, tests of
 * models. Each goes when `gen/api.ts` has it.
 */
import type { components } from "@/gen/api";

type S = components["schemas"];

export interface Retention {
  keep: string;
  days: number;
  redact: string[];
  patterns: string[];
  exchange_days?: number | null;
}
export interface RetentionState {
  retention: Retention;
  editable: boolean;
  kept: number;
  kept_bytes: number;
  known: KnownPattern[];
}
export interface KnownPattern {
  name: string;
  finds: string;
  always: boolean;
}
export interface HealthReport {
  providers: ProviderHealth[];
  deployments: DeploymentHealth[];
}
export interface ProviderHealth {
  provider: string;
  state: string;
  uptime_percent?: number | null;
  sla?: Sla | null;
  sla_met?: boolean | null;
  check?: HealthCheck | null;
}
export interface HealthCheck {
  at: string;
  ok: boolean;
  error?: string | null;
}
export interface DeploymentHealth {
  id: string;
  provider: string;
  state: string;
  calls: number;
  failures: number;
  in_flight: number;
  waiting: number;
  uptime_percent?: number | null;
  samples: number;
  success_percent: number;
  latency_ms: Percentiles;
  first_token_ms: Percentiles;
  tokens_per_second: number;
  headroom: number;
  breaker: Breaker;
  last_error?: string | null;
  limits: LimitState[];
  last_hour: HealthMinute[];
}
export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
}
export interface Breaker {
  state: string;
  retry_in_ms?: number | null;
}
export interface LimitState {
  source: string;
  of: string;
  limit: number;
  remaining: number;
  reset_ms?: number | null;
}
export interface HealthMinute {
  at: string;
  calls: number;
  failures: number;
  p95_ms?: number | null;
  down: boolean;
}
export interface Sla {
  provider: string;
  uptime_percent?: number | null;
  p95_ms?: number | null;
}
export interface PutSla {
  uptime_percent?: number | null;
  p95_ms?: number | null;
}
export interface SlaReport {
  from: string;
  to: string;
  providers: SlaRow[];
}
export interface SlaRow {
  target: Sla;
  total: SlaFigures;
  days: SlaFigures[];
}
export interface SlaFigures {
  name: string;
  calls: number;
  failures: number;
  minutes: number;
  down_minutes: number;
  uptime_percent?: number | null;
  p95_ms?: number | null;
  uptime_met?: boolean | null;
  p95_met?: boolean | null;
}
export interface KeyList {
  keys: Key[];
}
export interface Key {
  id: string;
  name: string;
  prefix: string;
  created_at: string;
  expires_at?: string | null;
  revoked_at?: string | null;
  old_secret_until?: string | null;
  rpm?: number | null;
  tpm?: number | null;
  parallel?: number | null;
  priority: string;
  routes: string[];
  budget?: S["KeyBudget"] | null;
  last_used_at?: string | null;
  spent_usd: string;
}
export interface CreateKey {
  name: string;
  budget_usd?: string | null;
  per?: string | null;
  rpm?: number | null;
  tpm?: number | null;
  parallel?: number | null;
  priority?: string | null;
  routes: string[];
  expires_at?: string | null;
}
export interface CreatedKey {
  key: Key;
  secret: string;
}
export interface UpdateKey {
  name?: string | null;
  budget_usd?: string | null | null;
  per?: string | null;
  rpm?: number | null | null;
  tpm?: number | null | null;
  parallel?: number | null | null;
  priority?: string | null;
  routes?: string[] | null;
  expires_at?: string | null | null;
}
export interface RotateKey {
  grace_seconds: number;
}
export interface TestModel {
  model: string;
}
export interface ModelTest {
  ok: boolean;
  message: string;
  code?: string | null;
  hint?: string | null;
  model?: string | null;
  route?: string | null;
  exchange_id?: string | null;
  first_token_ms?: number | null;
  total_ms: number;
  input_tokens?: number | null;
  output_tokens?: number | null;
  cost_usd?: string | null;
}
export interface RouteList {
  routes: Route[];
}
export interface Route {
  name: string;
  origin: string;
  editable: boolean;
  not_editable_because?: string | null;
  settings: PutRoute;
  members: RouteMember[];
}
export interface PutRoute {
  deployments: string[];
  strategy: string;
  weights: RouteWeights;
  balancer: string;
  shares: Record<string, number>;
  secondary: string[];
  tertiary: string[];
  emergency: string[];
  degrade: string[];
  cache_ttl_seconds?: number | null;
  queue?: RouteQueue | null;
}
export interface RouteWeights {
  cost: number;
  speed: number;
  quality: number;
  reliability: number;
}
export interface RouteQueue {
  length: number;
  wait_seconds: number;
}
export interface RouteMember {
  deployment: string;
  tier: string;
  standing: string;
  state?: string | null;
  wait_seconds?: number | null;
  problem?: string | null;
  in_flight: number;
  success_percent?: number | null;
  first_token_ms?: number | null;
  input_usd?: string | null;
  output_usd?: string | null;
  quality?: number | null;
}
export interface TryRoute {
  model: string;
  prompt: string;
  key_id?: string | null;
  tools: boolean;
  images: number;
  context?: string | null;
  max_output_tokens?: number | null;
}
export interface TriedRoute {
  ok: boolean;
  refusals: RouteRefusal[];
  explanation: S["RouteExplanation"];
  worst_case_usd?: string | null;
  input_tokens_bound: number;
}
export interface RouteRefusal {
  stage: string;
  code: string;
  message: string;
  hint: string;
}
