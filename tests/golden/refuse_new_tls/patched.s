	.file	"x.c"
	.text
	.globl	f
	.type	f, @function
f:
	movl	%fs:t.0@tpoff, %eax
	leal	1(%rax), %edx
	movl	%edx, %fs:t.0@tpoff
	ret
	.size	f, .-f
	.section	.tbss,"awT",@nobits
	.align 4
	.type	t.0, @object
	.size	t.0, 4
t.0:
	.zero	4
	.section	.note.GNU-stack,"",@progbits
