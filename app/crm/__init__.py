"""Bitrix24, and nothing but Bitrix24: REST calls, who is calling, CRM records, the timeline, robots."""
