"""People: users, roles, permission codes, invites, what shops somebody may see; and the keys of programs.

Glossary: *role* 角色 (老板 owner, 运营 operations, 仓库 warehouse, 客服 service, 只读 viewer), *permission code* 权限代码
(`orders.ship`; the list is `accounts/permissions.py`), *invite* 邀请, *shop scope* 店铺范围, *token* 接口令牌, *scope* 令牌权限
(`orders:write`; the list is `accounts/scopes.py`), *idempotency key* 幂等键.
"""
