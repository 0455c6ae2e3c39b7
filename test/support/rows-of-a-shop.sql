-- The rows of a small shop, one at least in every table, for the tables as they are. A new table gets a row here:
-- copy-books.test.ts names the one that is empty.
insert into plans (id, name, position, status, created_at) values
  (1, 'P5', 0, 'active', '2026-11-21T08:00:00.000Z'),
  (2, 'DAY', 1, 'active', '2026-11-21T08:00:00.000Z'),
  (3, 'DATA', 2, 'active', '2026-11-21T08:00:00.000Z'),
  (4, 'HOURS', 3, 'active', '2026-11-21T08:00:00.000Z');
insert into plan_versions (id, plan_id, version, plan_name, terms, created_at, created_by) values
  (1, 1, 1, 'P5', '{"price":{"amount":500,"currency":"PHP"},"validitySeconds":3600,"devices":1,"rate":{"up":1000000,"down":2000000},"uptimeSeconds":null,"capBytes":null,"capPeriod":"voucher","capAnchor":"calendar","capRollover":false,"fairUseBytes":null,"fairUseRate":null,"capPolicy":"none","throttleRate":null,"overage":null,"burst":null,"priority":null,"contention":null,"window":null,"alerts":[80,90,100],"setupFee":null,"billingCycle":"none","pausable":false,"movable":true}', '2026-11-21T08:00:00.000Z', '/tmp/pisonet-6foUFx/profiles.json'),
  (2, 2, 1, 'DAY', '{"price":{"amount":2000,"currency":"PHP"},"validitySeconds":86400,"devices":2,"rate":{"up":1000000,"down":2000000},"uptimeSeconds":null,"capBytes":null,"capPeriod":"voucher","capAnchor":"calendar","capRollover":false,"fairUseBytes":50000000,"fairUseRate":{"up":64000,"down":128000},"capPolicy":"none","throttleRate":null,"overage":null,"burst":null,"priority":null,"contention":null,"window":null,"alerts":[80,90,100],"setupFee":null,"billingCycle":"none","pausable":false,"movable":true}', '2026-11-21T08:00:00.000Z', '/tmp/pisonet-6foUFx/profiles.json'),
  (3, 3, 1, 'DATA', '{"price":{"amount":5000,"currency":"PHP"},"validitySeconds":604800,"devices":1,"rate":{"up":1000000,"down":2000000},"uptimeSeconds":null,"capBytes":100000000,"capPeriod":"daily","capAnchor":"calendar","capRollover":false,"fairUseBytes":null,"fairUseRate":null,"capPolicy":"block","throttleRate":null,"overage":null,"burst":null,"priority":null,"contention":null,"window":null,"alerts":[80,90,100],"setupFee":null,"billingCycle":"none","pausable":false,"movable":true}', '2026-11-21T08:00:00.000Z', '/tmp/pisonet-6foUFx/profiles.json'),
  (4, 4, 1, 'HOURS', '{"price":{"amount":1500,"currency":"PHP"},"validitySeconds":null,"devices":1,"rate":{"up":1000000,"down":2000000},"uptimeSeconds":10800,"capBytes":null,"capPeriod":"voucher","capAnchor":"calendar","capRollover":false,"fairUseBytes":null,"fairUseRate":null,"capPolicy":"none","throttleRate":null,"overage":null,"burst":null,"priority":null,"contention":null,"window":null,"alerts":[80,90,100],"setupFee":null,"billingCycle":"none","pausable":true,"movable":true}', '2026-11-21T08:00:00.000Z', '/tmp/pisonet-6foUFx/profiles.json'),
  (5, 1, 2, 'P5', '{"price":{"amount":500,"currency":"PHP"},"validitySeconds":3600,"devices":1,"rate":{"up":1000000,"down":2000000},"uptimeSeconds":null,"capBytes":null,"capPeriod":"voucher","capAnchor":"calendar","capRollover":false,"fairUseBytes":null,"fairUseRate":null,"capPolicy":"none","throttleRate":null,"overage":null,"burst":null,"priority":null,"contention":null,"window":null,"alerts":[80,90,100],"setupFee":null,"billingCycle":"monthly","suspendedRate":null,"pppProfile":null,"pausable":false,"movable":true,"shareable":false}', '2027-01-30T16:00:00.000Z', 'maria');
insert into staff (id, name, role, password_hash, created_at, epoch, totp_secret, totp_counter) values
  (1, 'maria', 'owner', 'scrypt$16$1$1$E2BHlYgDvbHylLN1y5ljbg==$4L9fiG6wPzWf1kNbvHjz66B72PduJ0fXRgLghHXlQco=', '2026-11-21T08:00:00.000Z', 0, null, null),
  (2, 'jun', 'operator', 'scrypt$16$1$1$NNDwACrrgJVXy19l58Q/EQ==$NXXO2uWnHlYcxdLSfsNS/h0LjAXMk3gAobDT9kWG3BI=', '2026-11-21T08:00:00.000Z', 0, null, null),
  (3, 'tess', 'viewer', 'scrypt$16$1$1$1B14K+aM8u85Ek8GUs1Akw==$jGltSTLnJnJKlT9CQiauKuLVxMLZ9SKcrF+I4C/Onqs=', '2026-11-21T08:00:00.000Z', 1, 'YBEOTCF6WXIVAKDAWWWDOUBZVQHXKQMT', 59841600);
insert into recovery_codes (id, staff_id, code_hash) values
  (1, 3, 'b390fc41b5c1b2936f46745504edd5084cd28e053861e1540cc498cf9d4d1ab6'),
  (2, 3, 'f14bce411905d84993de851c7e39d4944762ea1d665ada5cdc3cd8f397417f02');
insert into web_sessions (sid, sess, expired) values
  ('ZaeIzd00OcXiGNGXZfSHW4Ew72tnV6yN', '{"cookie":{"originalMaxAge":604800000,"expires":"2026-11-29T13:48:12.388Z","secure":false,"httpOnly":true,"path":"/admin","sameSite":"lax"},"staffId":1,"epoch":0,"renewedAt":1795355292383}', '2026-11-29T13:48:12.388Z'),
  ('PbNItQ8qQ9KwtfdhBcNf99GOxX39xdZt', '{"cookie":{"originalMaxAge":604800000,"expires":"2026-11-29T13:48:12.485Z","secure":false,"httpOnly":true,"path":"/admin","sameSite":"lax"},"staffId":2,"epoch":0,"renewedAt":1795355292484}', '2026-11-29T13:48:12.485Z');
insert into shop_settings (name, value) values
  ('shop.name', 'Aling Nena'),
  ('shop.timeZone', 'Asia/Manila');
insert into shop_files (name, type, content) values
  ('logo', 'image/png', x'89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da6364f8cf500f00038601805a347d6b0000000049454e44ae426082');
insert into sites (id, name) values
  (1, 'Purok 3');
insert into routers (id, address, serial, name, version, board, boot, uptime_ms, looked_at, lease_holder, lease_host, lease_pid, lease_until) values
  (1, '127.0.0.1:37267', 'HGS09SIMUL8', 'MikroTik', '7.19.4 (stable)', 'CCR2004-16G-2S+', 1, 21840000, '2026-11-21T16:29:20.000Z', '4a029784-5d77-4209-9cf5-0f56fae806f8', 'shop 168e44bd-cbfa-40fb-911c-9e0390a2a4c6', 21184, '2026-11-21T16:30:20.000Z');
insert into site_plans (site_id, plan_id, price_minor) values
  (1, 3, 700);
insert into blocked_devices (mac, reason, blocked_by, blocked_at) values
  ('02:00:00:00:0B:AD', 'noisy', 'jun', '2026-11-21T08:09:00.000Z');
insert into device_names (mac, own, given, given_by, given_at) values
  ('02:00:00:00:00:0A', 'oppo', 'Joy''s', 'maria', '2026-11-21T08:00:00.000Z');
insert into money_journal (seq, at, kind, subject, amount_minor, currency, seller, entered_by, detail, previous_hash, hash) values
  (1, '2026-11-21T08:00:00.000Z', 'sale', '39WPAKCY', 2000, 'PHP', 'test', 'test', '{"plan":"DAY"}', '0000000000000000000000000000000000000000000000000000000000000000', 'bf3cdd0c1ae510c71ac98dba6f6a4bc12ff6b0e01a1a10230e16b13eed4968f4'),
  (2, '2026-11-21T08:00:00.000Z', 'sale', '4248HJ8Z', 500, 'PHP', 'jun', 'jun', '{"plan":"P5"}', 'bf3cdd0c1ae510c71ac98dba6f6a4bc12ff6b0e01a1a10230e16b13eed4968f4', 'e26479989bf3a6904a93fc998fcd9e4648e850eb47952ec66c60f8d26d30390c'),
  (3, '2026-11-21T08:00:00.000Z', 'sale', '4Z3CJ9CF', 500, 'PHP', 'test', 'test', '{"plan":"P5"}', 'e26479989bf3a6904a93fc998fcd9e4648e850eb47952ec66c60f8d26d30390c', 'f833216b6b0ef4861610c8f8aa285bfb9dfc9b7cbe8b14ac4262a1dffbe924ce'),
  (4, '2026-11-21T08:00:00.000Z', 'sale', 'FR4K9FVP', 1500, 'PHP', 'test', 'test', '{"plan":"HOURS"}', 'f833216b6b0ef4861610c8f8aa285bfb9dfc9b7cbe8b14ac4262a1dffbe924ce', 'a4d4ee526bd9f3f4f61f820f27daca818d13cf2cc7a22cd5381bc3913e69f18c'),
  (5, '2026-11-21T08:00:00.000Z', 'sale', 'P4JJCHCU', 5000, 'PHP', 'test', 'test', '{"plan":"DATA"}', 'a4d4ee526bd9f3f4f61f820f27daca818d13cf2cc7a22cd5381bc3913e69f18c', 'e0601ebcc9496e3dd48a09410e61ae10694f5969d5367194fa8a36215141dc9a'),
  (6, '2026-11-21T08:09:40.000Z', 'void', '4Z3CJ9CF', -500, 'PHP', 'test', 'maria', '{"reason":"sold twice"}', 'e0601ebcc9496e3dd48a09410e61ae10694f5969d5367194fa8a36215141dc9a', 'e3d622634e5596a32d179be5d3c74c8c1c8ef579713bd5cc3fdf34237848e6e8'),
  (7, '2026-11-21T16:28:40.000Z', 'sale', 'XMSHZMSV', 500, 'PHP', 'test', 'test', '{"plan":"P5"}', 'e3d622634e5596a32d179be5d3c74c8c1c8ef579713bd5cc3fdf34237848e6e8', 'ba9fd70893922e4fc93481b3cf0a624650336ccaebd98d5d38aae24648a6b60e'),
  (8, '2027-01-30T16:00:00.000Z', 'invoice', 'invoice 1', 505, 'PHP', '', 'maria', '{"subscriber":1,"plan":"P5"}', 'ba9fd70893922e4fc93481b3cf0a624650336ccaebd98d5d38aae24648a6b60e', '9e04ce289981f8c9046abb3d93c002ce37966c7dfc0b7c7e5436f541d9d07227'),
  (9, '2027-01-30T16:00:00.000Z', 'payment', 'subscriber 1', 5, 'PHP', 'maria', 'maria', '{"payment":1,"method":"cash","note":""}', '9e04ce289981f8c9046abb3d93c002ce37966c7dfc0b7c7e5436f541d9d07227', '7604c2c421c5e14239496b39e606a4ea5e1721c537f094a1b670931f1b8b8bf7');
insert into api_tokens (id, name, token_hash, prefix, scope, made_by, made_at, expires_at) values
  (1, 'cashbox', 'b9269f9b7309c24507c2fcd31ac5e9237918f89da34205c376c4ef94b54ea460', '_cHVhn', 'sell', 'maria', '2026-11-21T08:00:00.000Z', '2027-02-19T08:00:00.000Z');
insert into payment_sources (id, name, salt, made_by, made_at) values
  (1, 'gcash', 'salt', 'maria', '2027-01-30T16:00:00.000Z');
insert into webhooks (id, url, salt, events, made_by, made_at) values
  (1, 'https://example.com/hook', 'a', '["invoice.paid"]', 'maria', '2027-01-30T16:00:00.000Z');
delete from usage_marks;
insert into usage_marks (id, hours_to, days_to, slots_from, hours_from, years_to, years_zone) values
  (1, 5984256, 5984256, 5890752, 0, 5984256, 'Asia/Manila');
insert into router_tallies (version, board, what, value, times, total_ms, longest_ms, last_at) values
  ('7.24', 'CHR', 'login by', 'to-address', 2, 0, 0, '2027-01-30T16:00:00.000Z');
insert into batches (id, plan_version_id, count, note, created_at, created_by, sold_by) values
  (1, 1, 4, 'for Jun', '2026-11-21T08:00:00.000Z', 'maria', 'jun'),
  (2, 2, 1, '', '2026-11-21T08:00:00.000Z', 'test', null),
  (3, 3, 1, '', '2026-11-21T08:00:00.000Z', 'test', null),
  (4, 4, 1, '', '2026-11-21T08:00:00.000Z', 'test', null),
  (5, 1, 1, '', '2026-11-21T08:00:00.000Z', 'test', null),
  (6, 1, 1, '', '2026-11-21T16:28:40.000Z', 'maria', null),
  (7, 1, 1, '', '2026-11-21T16:28:40.000Z', 'test', null);
insert into vouchers (code, batch_id, plan_version_id, status, price_minor, validity_seconds, uptime_seconds, cap_bytes, devices, created_at, created_by, activated_at, started_at, expires_at, ended_at, used_up, used_down, used_uptime_ms, period_started_at, used_before_period, sold_by, given_uptime_ms) values
  ('YMWH242U', 1, 1, 'unused', 500, 3600, null, null, 1, '2026-11-21T08:00:00.000Z', 'maria', null, null, null, null, 0, 0, 0, null, 0, 'jun', 0),
  ('4248HJ8Z', 1, 1, 'expired', 500, 3600, null, null, 1, '2026-11-21T08:00:00.000Z', 'maria', '2026-11-21T08:00:00.000Z', '2026-11-21T08:00:00.000Z', '2026-11-21T09:15:20.000Z', '2026-11-21T10:25:40.000Z', 0, 1000000, 0, null, 0, 'jun', 0),
  ('RNYK2WEU', 1, 1, 'unused', 500, 3600, null, null, 1, '2026-11-21T08:00:00.000Z', 'maria', null, null, null, null, 0, 0, 0, null, 0, 'jun', 0),
  ('E5FP7RC6', 1, 1, 'revoked', 500, 3600, null, null, 1, '2026-11-21T08:00:00.000Z', 'maria', null, null, null, '2026-11-21T08:09:40.000Z', 0, 0, 0, null, 0, 'jun', 0),
  ('39WPAKCY', 2, 2, 'active', 2000, 90000, null, null, 2, '2026-11-21T08:00:00.000Z', 'test', '2026-11-21T08:00:00.000Z', '2026-11-21T08:00:00.000Z', '2026-11-22T09:15:20.000Z', null, 2000000, 72000000, 0, null, 0, null, 0),
  ('P4JJCHCU', 3, 3, 'active', 5000, 604800, null, 100000000, 1, '2026-11-21T08:00:00.000Z', 'test', '2026-11-21T08:00:00.000Z', '2026-11-21T08:00:00.000Z', '2026-11-28T08:15:20.000Z', null, 0, 92000000, 0, '2026-11-21T16:00:00.000Z', 92000000, null, 0),
  ('FR4K9FVP', 4, 4, 'exhausted', 1500, null, 10800, null, 1, '2026-11-21T08:00:00.000Z', 'test', '2026-11-21T08:00:00.000Z', '2026-11-21T08:00:00.000Z', null, '2026-11-21T16:27:00.000Z', 3000000, 0, 11720000, null, 0, null, 920000),
  ('4Z3CJ9CF', 5, 1, 'expired', 500, 3600, null, null, 1, '2026-11-21T08:00:00.000Z', 'test', '2026-11-21T08:00:00.000Z', '2026-11-21T08:00:00.000Z', '2026-11-21T09:15:20.000Z', '2026-11-21T10:25:40.000Z', 0, 12000000, 0, null, 0, null, 0),
  ('5U8GEHFD', 6, 1, 'unused', 500, 3600, null, null, 1, '2026-11-21T16:28:40.000Z', 'maria', null, null, null, null, 0, 0, 0, null, 0, null, 0),
  ('XMSHZMSV', 7, 1, 'active', 500, 3600, null, null, 1, '2026-11-21T16:28:40.000Z', 'test', '2026-11-21T16:28:40.000Z', '2026-11-21T16:28:40.000Z', '2026-11-21T17:28:40.000Z', null, 0, 0, 0, null, 0, null, 0),
  ('ABCD2345', null, null, 'unused', 0, 3600, null, null, 1, '2026-11-21T16:28:40.000Z', 'maria', null, null, null, null, 0, 0, 0, null, 0, null, 0);
insert into sale_voids (id, code, price_minor, currency, reason, voided_by, voided_at) values
  (1, '4Z3CJ9CF', 500, 'PHP', 'sold twice', 'maria', '2026-11-21T08:09:40.000Z');
insert into devices (mac, address, first_seen_at, last_seen_at) values
  ('02:00:00:00:00:0A', '10.5.50.10', '2026-11-21T08:00:00.000Z', '2026-11-21T08:00:00.000Z'),
  ('02:00:00:00:00:0B', '10.5.50.11', '2026-11-21T08:00:00.000Z', '2026-11-21T08:00:00.000Z'),
  ('02:00:00:00:00:0C', '10.5.50.12', '2026-11-21T08:00:00.000Z', '2026-11-21T08:09:40.000Z'),
  ('02:00:00:00:00:0D', '10.5.50.13', '2026-11-21T08:00:00.000Z', '2026-11-21T08:00:00.000Z'),
  ('02:00:00:00:00:0E', '10.5.50.14', '2026-11-21T08:00:00.000Z', '2026-11-21T08:00:00.000Z'),
  ('02:00:00:00:00:11', '10.5.50.17', '2026-11-21T16:28:40.000Z', '2026-11-21T16:28:40.000Z');
insert into sessions (id, code, mac, state, pending_until, created_at, opened_at, ended_at, end_reason, on_router) values
  (1, '39WPAKCY', '02:00:00:00:00:0A', 'open', '2026-11-21T08:01:00.000Z', '2026-11-21T08:00:00.000Z', '2026-11-21T08:00:00.000Z', null, null, 1),
  (2, 'P4JJCHCU', '02:00:00:00:00:0B', 'open', '2026-11-21T08:01:00.000Z', '2026-11-21T08:00:00.000Z', '2026-11-21T08:00:00.000Z', null, null, 1),
  (3, 'FR4K9FVP', '02:00:00:00:00:0C', 'ended', '2026-11-21T08:01:00.000Z', '2026-11-21T08:00:00.000Z', '2026-11-21T08:00:00.000Z', '2026-11-21T16:27:00.000Z', 'exhausted', 0),
  (4, '4Z3CJ9CF', '02:00:00:00:00:0D', 'ended', '2026-11-21T08:01:00.000Z', '2026-11-21T08:00:00.000Z', '2026-11-21T08:00:00.000Z', '2026-11-21T10:25:40.000Z', 'expired', 0),
  (5, '4248HJ8Z', '02:00:00:00:00:0E', 'ended', '2026-11-21T08:01:00.000Z', '2026-11-21T08:00:00.000Z', '2026-11-21T08:00:00.000Z', '2026-11-21T10:25:40.000Z', 'expired', 0),
  (6, 'XMSHZMSV', '02:00:00:00:00:11', 'open', '2026-11-21T16:29:40.000Z', '2026-11-21T16:28:40.000Z', '2026-11-21T16:28:40.000Z', null, null, 1);
insert into counter_readings (mac, session_id, queue_id, boot, bytes_up, bytes_down, read_at) values
  ('02:00:00:00:00:0A', 1, '*1', 1, 0, 2000000, '2026-11-21T16:27:00.000Z'),
  ('02:00:00:00:00:0B', 2, '*2', 1, 0, 0, '2026-11-21T10:25:40.000Z');
insert into session_counters (mac, active_id, boot) values
  ('02:00:00:00:00:0A', '*D', 1),
  ('02:00:00:00:00:0B', '*10', 1);
insert into usage_names (id, name, plan_id) values
  (1, '02:00:00:00:00:0A', null),
  (2, '39WPAKCY', 2),
  (3, '02:00:00:00:00:0B', null),
  (4, 'P4JJCHCU', 3),
  (5, '02:00:00:00:00:0C', null),
  (6, 'FR4K9FVP', 4),
  (7, '02:00:00:00:00:0D', null),
  (8, '4Z3CJ9CF', 1),
  (9, '02:00:00:00:00:0E', null),
  (10, '4248HJ8Z', 1),
  (25, '02:00:00:00:00:11', null),
  (26, 'XMSHZMSV', 1);
insert into usage_slots (slot, device, voucher, bytes_up, bytes_down) values
  (5984160, 1, 2, 2000000, 70000000),
  (5984160, 3, 4, 0, 92000000);
insert into usage_hours (slot, device, voucher, bytes_up, bytes_down) values
  (5984160, 1, 2, 2000000, 70000000),
  (5984160, 3, 4, 0, 92000000);
insert into usage_days (slot, device, voucher, bytes_up, bytes_down) values
  (5983968, 1, 2, 2000000, 70000000),
  (5983968, 3, 4, 0, 92000000);
insert into usage_totals (device, voucher, bytes_up, bytes_down) values
  (1, 2, 2000000, 70000000),
  (3, 4, 0, 92000000);
insert into usage_plan_hours (slot, plan, bytes_up, bytes_down) values
  (5984160, 1, 0, 13000000),
  (5984160, 2, 2000000, 70000000);
insert into usage_plan_days (slot, plan, bytes_up, bytes_down) values
  (5983968, 1, 0, 13000000),
  (5983968, 2, 2000000, 70000000);
insert into usage_years (slot, is_voucher, who, plan, bytes_up, bytes_down) values
  (5890656, 0, 1, 2, 2000000, 70000000),
  (5890656, 0, 3, 3, 0, 92000000);
insert into usage_gaps (id, mac, code, reason, from_at, to_at) values
  (1, '02:00:00:00:00:0A', '39WPAKCY', 'router restarted', '2026-11-21T08:25:20.000Z', '2026-11-21T10:25:40.000Z'),
  (2, '02:00:00:00:00:0B', 'P4JJCHCU', 'router restarted', '2026-11-21T08:25:20.000Z', '2026-11-21T10:25:40.000Z');
insert into look_gaps (id, from_at, to_at) values
  (1, '2026-11-21T08:25:20.000Z', '2026-11-21T10:25:40.000Z'),
  (2, '2026-11-21T10:26:40.000Z', '2026-11-21T16:27:00.000Z');
insert into speed_changes (id, mac, code, at, until_at, rate_up, rate_down, reason, used_bytes, limit_bytes) values
  (1, '02:00:00:00:00:0A', '39WPAKCY', '2026-11-21T08:00:00.000Z', '2026-11-21T08:04:00.000Z', 1000000, 2000000, 'full speed', 0, 50000000),
  (2, '02:00:00:00:00:0B', 'P4JJCHCU', '2026-11-21T08:00:20.000Z', null, 1000000, 2000000, 'full speed', 0, 100000000);
insert into manual_limits (mac, rate_up, rate_down, set_by, set_at) values
  ('02:00:00:00:00:0C', 256000, 512000, 'maria', '2026-11-21T08:09:00.000Z');
insert into quota_notices (code, period, kind, percent, counted_at) values
  ('P4JJCHCU', '2026-11-20T16:00:00.000Z', 'cap', 80, '2026-11-21T08:01:20.000Z'),
  ('39WPAKCY', '', 'fair use', 80, '2026-11-21T08:04:00.000Z');
insert into alerts (id, kind, subject, message, raised_at, cleared_at) values
  (1, 'wan down', 'ether1', 'The internet line is down: ether1 on the router has no link or is disabled. Customers are connected to the Wi-Fi, but nothing opens. Look at the cable and the modem.', '2026-11-21T08:10:40.000Z', '2026-11-21T08:25:00.000Z');
insert into audit (id, at, who, what, subject, detail) values
  (1, '2026-11-21T08:00:00.000Z', 'test', 'account added', 'maria', '{"role":"owner"}'),
  (2, '2026-11-21T08:00:00.000Z', 'maria', 'signed in', 'maria', '{"address":"127.0.0.1"}');
insert into events (id, uid, name, at, subject, data) values
  (1, '7a4f37be-ca5c-4f27-b519-b856585ec28e', 'voucher.redeemed', '2026-11-21T08:00:00.000Z', '39WPAKCY', '{"code":"39WPAKCY","plan":"DAY","price":{"amount":2000,"currency":"PHP"},"developer":false,"mac":"02:00:00:00:00:0A","expiresAt":"2026-11-22T08:00:00.000Z"}'),
  (2, '54f7093e-30c8-425a-9660-1fae2c4f57db', 'voucher.redeemed', '2026-11-21T08:00:00.000Z', 'P4JJCHCU', '{"code":"P4JJCHCU","plan":"DATA","price":{"amount":5000,"currency":"PHP"},"developer":false,"mac":"02:00:00:00:00:0B","expiresAt":"2026-11-28T08:00:00.000Z"}');
insert into notice_lines (name, event_id, attempts, next_at, last_error, failing_since) values
  ('webhook', 14, 1, '2026-11-21T16:28:45.000Z', 'The webhook refuses the connection', '2026-11-21T16:28:40.000Z');
insert into outages (id, router_id, kind, from_at, noticed_at, to_at) values
  (1, 1, 'wan', '2026-11-21T08:09:40.000Z', '2026-11-21T08:10:40.000Z', '2026-11-21T08:25:00.000Z');
insert into outage_credits (outage_id, code, credited_ms, online_from_ms, online_ms) values
  (1, 'FR4K9FVP', 0, 540000, 920000),
  (1, '39WPAKCY', 920000, null, 0);
insert into imports (id, origin, source, count, imported_at, imported_by) values
  (1, 'pisonet', 'old-pisonet.db', 1, '2026-11-21T16:28:40.000Z', 'maria');
insert into imported_vouchers (code, import_id, terms) values
  ('ABCD2345', 1, '[false,3600,null,null]');
insert into external_fields (kind, subject, external_id, metadata, note) values
  ('subscriber', '1', 'crm-7', '{"door":"blue"}', '');
insert into guess_tallies (subject, failures, counted_at) values
  ('device 02:00:00:00:00:10', 3, '2026-11-21T08:09:00.000Z'),
  ('address 10.5.50.16', 3, '2026-11-21T08:09:00.000Z');
insert into sign_in_failures (subject, failures, last_at) values
  ('maria from 127.0.0.1', 1, '2026-11-21T08:00:00.000Z'),
  ('anybody from 127.0.0.1', 1, '2026-11-21T08:00:00.000Z');
insert into subscribers (id, name, contact, address, notes, login_kind, status, suspended_for, discount, billed_to, created_at, created_by, sign_outs) values
  (1, 'Joy', '', '', '', 'hotspot', 'suspended', 'by hand', 0, '2027-02-27T16:00:00.000Z', '2027-01-30T16:00:00.000Z', 'maria', 1);
insert into subscriber_plans (id, subscriber_id, plan_id, kind, cycle, anchor_at, from_at, created_by) values
  (1, 1, 1, 'assigned', 'monthly', '2027-01-30T16:00:00.000Z', '2027-01-30T16:00:00.000Z', 'maria');
insert into plan_changes (id, subscriber_id, at, status, created_at, created_by) values
  (1, 1, '2027-02-27T16:00:00.000Z', 'pending', '2027-01-30T16:00:00.000Z', 'maria');
insert into subscriber_states (id, subscriber_id, status, reason, at, changed_by) values
  (1, 1, 'suspended', 'away', '2027-01-30T16:00:00.000Z', 'maria');
insert into invoices (id, subscriber_id, subscriber_plan_id, number, status, cycle_from, cycle_to, period_from, plan_name, plan_price, total_minor, currency, issued_at, due_at) values
  (1, 1, 1, 1, 'issued', '2027-01-30T16:00:00.000Z', '2027-02-27T16:00:00.000Z', '2027-01-30T16:00:00.000Z', 'P5', 500, 505, 'PHP', '2027-01-30T16:00:00.000Z', '2027-02-06T16:00:00.000Z');
insert into invoice_lines (id, invoice_id, kind, text, amount_minor, from_at, to_at, subscriber_plan_id, price_minor, cycle_from, cycle_to, prorate_by, discount, tax) values
  (1, 1, 'plan', 'P5', 500, '2027-01-30T16:00:00.000Z', '2027-02-27T16:00:00.000Z', 1, 500, '2027-01-30T16:00:00.000Z', '2027-02-27T16:00:00.000Z', 'day', 0, 0),
  (2, 1, 'other', 'cable', 5, null, null, null, null, null, null, null, null, null);
insert into subscriber_charges (id, subscriber_id, invoice_id, kind, text, amount_minor, at, created_by, currency) values
  (1, 1, 1, 'other', 'cable', 5, '2027-01-30T16:00:00.000Z', 'maria', 'PHP');
insert into payments (id, subscriber_id, amount_minor, currency, method, note, at, taken_by) values
  (1, 1, 5, 'PHP', 'cash', '', '2027-01-30T16:00:00.000Z', 'maria');
insert into payment_reports (id, source_id, external_id, amount_minor, currency, login, note, at, payment_id) values
  (1, 1, 'GC-1', 5, 'PHP', 'joy', '', '2027-01-30T16:00:00.000Z', 1);
insert into pay_orders (id, reference, source_id, subscriber_id, amount_minor, currency, description, return_url, at) values
  (1, 'order-a', 1, 1, 5, 'PHP', 'Owed', 'http://10.5.0.2/', '2027-01-30T16:00:00.000Z');
insert into drawers (id, seller, currency, float_minor, opened_at, opened_by, after_seq) values
  (1, 'ana', 'PHP', 500, '2026-11-21T08:00:00.000Z', 'maria', 9);
insert into slip_custody (id, batch_id, seller, price_minor, currency, given, given_at, given_by) values
  (1, 1, 'ana', 500, 'PHP', 3, '2026-11-21T08:00:00.000Z', 'maria');
insert into api_answers (token_id, key, request_hash, status, body, at) values
  (1, 'first', 'ab', 201, '{}', '2026-11-21T08:00:00.000Z');
insert into coin_boxes (id, name, hardware, sealed_key, plan_id, currency, denominations, rates, request_counter, boot, paired_at, paired_by) values
  (1, 'Counter', 'a1b2c3', 'sealed', 1, 'PHP', '[{"key":"1","amount":100,"pulses":1}]', '[{"amount":100,"seconds":360}]', 4294967296, 'b007', '2026-11-21T08:00:00.000Z', 'maria');
insert into coin_pairings (number, hardware, sealed_key, since) values
  ('482913', 'd4e5f6', 'sealed', '2026-11-21T08:00:00.000Z');
insert into coin_counters (box_id, coin, pulses, rest) values
  (1, '1', 7, 0);
insert into coin_claims (id, box_id, mac, router_id, opened_at, closes_at, amount_minor) values
  (1, 1, '02:00:00:00:00:01', 0, '2026-11-21T08:00:00.000Z', '2026-11-21T08:01:00.000Z', 500);
insert into coin_strays (id, box_id, at, amount_minor, currency) values
  (1, 1, '2026-11-21T08:00:00.000Z', 100, 'PHP');
insert into coin_credits (id, at, mac, box_id, kind, amount_minor, currency) values
  (1, '2026-11-21T08:00:00.000Z', '02:00:00:00:00:01', 1, 'coins', 500, 'PHP');
